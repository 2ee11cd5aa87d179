#pragma once
// A restriction of smtpd's access lists (SMTPD_ACCESS_README). One family per file; adding one is a file and a line in
// families().
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "mail/router.hpp"
#include "mail/verifier.hpp"
#include "receive/restrictions/message_changes.hpp"
#include "receive/restrictions/trace.hpp"
#include "receive/settings.hpp"
#include "smtp/reply.hpp"
#include "tables/match_list.hpp"
#include "tables/open.hpp"
#include "world/clock.hpp"
#include "world/resolver.hpp"
#include "world/tls.hpp"

namespace posthouse::receive {

enum class Stage : std::uint8_t { client, helo, sender, recipient, data, end_of_data, etrn };

/// What only a policy server is told; put together when one is asked.
struct SessionDetails {
    std::string state = "RCPT";     // "CONNECT", "EHLO", "RCPT", "END-OF-MESSAGE", …
    std::string protocol = "SMTP";  // or "ESMTP"
    std::uint16_t client_port = 0;
    base::Endpoint server;
    std::string queue_id;           // empty: none yet
    std::string instance;           // of this mail transaction
    std::uint64_t size = 0;         // of the content, or what MAIL announced
    std::string sasl_method, sasl_sender;
    std::optional<world::TlsSession> tls;
};

class SessionDetailsSource {
public:
    virtual SessionDetails details() = 0;

protected:
    ~SessionDetailsSource() = default;
};

/// What a session knows. Copied names: an evaluation suspends, the session's buffers move on.
struct Facts {
    Stage stage = Stage::recipient;  // whose list is evaluated
    base::IpAddress client_address;
    std::string client_name = "unknown";
    std::string client_reverse_name = "unknown";
    bool client_name_lookup_failed = false;  // temporarily
    std::string helo_name;                   // empty: none yet
    std::optional<std::string> sender;       // internal form; "" is the null reverse-path
    std::optional<std::string> recipient;    // internal form
    std::string sasl_username;               // empty: not authenticated
    bool logged_in = false;                  // as somebody: ANONYMOUS (RFC 4505) is a user name and no login
    bool tls_active = false;
    std::vector<std::string> certificate_fingerprints;  // of the client's certificate and its key; empty: it has none
    bool certificate_trusted = false;
    std::size_t recipients_accepted = 0;     // of this transaction
    bool recipient_pending = false;          // `recipient` is being judged and not among them
    bool pipelined_too_early = false;        // at least once in this session
    SessionDetailsSource* session = nullptr;  // outlives the evaluation; null: there is none
    Trace* trace = nullptr;                   // outlives the evaluation; null: nobody wants one
    bool only_warns = false;                 // the list stands behind warn_if_reject
    unsigned nesting = 0;                    // lists inside table values and classes: how deep we are
};

/// What a list inside a list (a restriction class, a table's value) did besides its verdict.
struct SideEffects {
    struct Note {
        std::string action;  // "warn", "info", "hold", …
        std::string text;
    };
    std::vector<Note> notes;
    MessageChanges changes;
    std::optional<smtp::Reply> defer_if_permit, defer_if_reject;
};

struct Verdict {
    enum class Kind : std::uint8_t {
        dunno,            // the next restriction decides
        permit,           // the list ends, positively
        reject,           // the list ends with `reply` (4yz or 5yz)
        defer_if_permit,  // go on; should the end be positive, `reply` it is
        defer_if_reject,  // go on; should the end be a 5yz, `reply` it is
        warn,             // logged with `text`, go on
        hold,             // the message is kept in the hold queue
        discard,          // accepted and dropped
        disconnect,       // as reject, and the connection is closed
    } kind = Kind::dunno;
    smtp::Reply reply;
    std::string text;  // of a permit by a table: "OK from hash:/x"
    std::unique_ptr<SideEffects> effects = {};  // null, as almost always: none
    bool noted = false;  // a list inside has told the log about a permit
    bool is_failure = false;  // of a reject: we are the ones in trouble, and warn_if_reject makes no remark of it

    [[nodiscard]] static Verdict dunno() { return {}; }
    [[nodiscard]] static Verdict permit() { return {Kind::permit, {}, {}}; }
    [[nodiscard]] static Verdict reject(smtp::Reply reply) { return {Kind::reject, std::move(reply), {}}; }
    [[nodiscard]] static Verdict failure(smtp::Reply reply) { return {.kind = Kind::reject, .reply = std::move(reply), .is_failure = true}; }
};

class Restriction {
public:
    virtual ~Restriction() = default;
    virtual world::Task<Verdict> evaluate(const Facts& facts) const = 0;
    /// As written in main.cf, for warnings and traces.
    [[nodiscard]] virtual std::string name() const = 0;
    /// What a permit is about, when it stands in the list of `stage`.
    [[nodiscard]] virtual Stage subject_stage(Stage stage) const {
        const std::string word = name();
        const bool about_client = word.starts_with("permit_mynetworks") || word.starts_with("permit_inet") || word.starts_with("permit_sasl") || word.starts_with("permit_tls") ||
                                  word.starts_with("permit_dnswl") || word.starts_with("permit_rhswl");
        return about_client ? Stage::client : word.starts_with("permit_auth_dest") || word.starts_with("permit_mx") ? Stage::recipient : stage;
    }
};

class RestrictionClasses;
class PolicyClients;
[[nodiscard]] std::shared_ptr<RestrictionClasses> make_restriction_classes();

/// Who finds out whether addresses exist, and the core that asks.
struct Verifying {
    mail::AddressVerifier* verifier = nullptr;  // null: nobody; that is a temporary failure
    world::Core* core = nullptr;
};

/// What restrictions are made of. They keep what they need of it, so only the references must outlive them. One per core.
struct RestrictionContext {
    std::shared_ptr<const SmtpdSettings> settings;
    std::shared_ptr<const tables::MatchList> mynetworks;
    std::vector<base::IpAddress> own_addresses;  // inet_interfaces, proxy_interfaces
    mail::Router& router;
    world::Resolver& resolver;
    world::Clock& clock;
    tables::OpenContext open;
    std::string recipient_delimiter;
    bool parent_domain_matches_access = true;  // smtpd_access_maps in parent_domain_matches_subdomains
    config::View view;
    std::function<void(std::string_view)> warning = {};  // for the log, while lists are evaluated; may be empty
    std::shared_ptr<RestrictionClasses> classes = make_restriction_classes();
    Verifying verifier = {};
    std::shared_ptr<const tables::MatchList> logged_permits = {};  // smtpd_log_access_permit_actions; null: none
    std::shared_ptr<PolicyClients> policy_clients = {};  // of this core; null: check_policy_service cannot be used
    bool inside_table = false;  // the words come out of a table: no table may be opened for them

    void log_warning(std::string_view text) const {
        if (warning) {
            warning(text);
        }
    }
};

/// Arguments of a restriction list being parsed: a family takes its own words off the front.
struct ListWords {
    std::vector<std::string> words;
    std::size_t next = 0;
    [[nodiscard]] std::optional<std::string> argument() { return next < words.size() ? std::optional(words[next++]) : std::nullopt; }
};

using Family = std::unique_ptr<Restriction> (*)(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_basic(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_relay(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_mx_backup(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_access_map(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_names(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_sender_login(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_listed(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_conduct(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_dns_lists(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_client_certificate(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_policy_service(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_protocol(const std::string& word, ListWords& words, const RestrictionContext& context);
[[nodiscard]] std::unique_ptr<Restriction> make_unverified(const std::string& word, ListWords& words, const RestrictionContext& context);

/// Answers "451 4.3.5 Server configuration error"; the reason was told when it was made.
[[nodiscard]] std::unique_ptr<Restriction> make_misconfigured(std::string name);

/// "<name>: Recipient address rejected: text", `rejected` being "Recipient address". The class of `status` follows the code.
[[nodiscard]] smtp::Reply refusal(int code, std::string_view status, std::string_view name, std::string_view rejected, std::string_view text);
/// The same about what the stage is about:
/// "<someone@example.net>: Recipient address rejected: Access denied" with its code: the shape of every refusal.
[[nodiscard]] smtp::Reply stage_reply(const Facts& facts, int code, std::string_view status, std::string_view text);
/// "Recipient address=<someone@example.net>": what a permit is about, for the log.
[[nodiscard]] std::string stage_subject(const Facts& facts);
/// "451 4.3.5 Server configuration error", a failure.
[[nodiscard]] Verdict server_configuration_error();
/// "451 4.3.0 <x>: Temporary lookup failure", a failure; `name` is x.
[[nodiscard]] Verdict lookup_failure(std::string_view name);
/// The same about what the stage is about.
[[nodiscard]] Verdict lookup_failure(const Facts& facts);

}  // namespace posthouse::receive
