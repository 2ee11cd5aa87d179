#pragma once
// Session: one SMTP client, from greeting to good-bye. Lives on the core that accepted it. The loop is here, one file per
// command family in commands/, texts in replies.cpp, access lists in restrictions/.
#include <array>
#include <functional>
#include <memory>
#include <string>

#include "receive/error_class.hpp"
#include "receive/mail_transaction.hpp"
#include "receive/milter_talk.hpp"
#include "receive/request_deadline.hpp"
#include "receive/restrictions/access_action.hpp"
#include "receive/service.hpp"
#include "receive/transcript.hpp"
#include "smtp/command_parser.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::receive {

class Session final : private SessionDetailsSource {
public:
    /// Gives up the session's place for a client that is only made to wait; false: it has to go at once.
    using StepAside = std::function<bool()>;

    Session(std::shared_ptr<const SmtpdService> service, SessionDoors doors, std::unique_ptr<world::Stream> stream, StepAside step_aside = {});
    ~Session();

    /// Serves the client until it leaves, misbehaves or the task is cancelled.
    world::Task<void> run();

private:
    enum class Next : std::uint8_t { go_on, close };

    // loop (session.cpp)
    world::Task<void> find_client_name();
    /// smtpd_upstream_proxy_protocol; false: we do not know who this is and must not serve it.
    world::Task<bool> ask_upstream_proxy();
    world::Task<bool> greet();
    /// The client, now that we know who it is: counted, judged, and told our name. Also after XCLIENT. False: the session ends.
    world::Task<bool> welcome();
    world::Task<void> serve();
    // client_standing.cpp
    /// All that depends on the client's name and address alone.
    world::Task<void> find_client_standing();
    /// The refusal of one connection too many.
    std::optional<smtp::Reply> count_connection();
    void forget_connection();
    /// A client that is refused again and again hears of it late: back at once, it would keep a core busy and fill the log.
    world::Task<void> delay_refusal();
    // command_lines.cpp
    world::Task<std::optional<world::BufferedStream::Line>> next_line();
    /// smtpd_command_filter; false: the table cannot answer and the session ends.
    world::Task<bool> filter_command(std::string& line);
    world::Task<bool> is_noop(const smtp::Command& command);
    world::Task<bool> is_forbidden(const smtp::Command& command);
    world::Task<Next> execute(smtp::Command command);
    world::Task<Next> dispatch(const smtp::Command& command);
    /// The client's next words are here though it has to wait for our reply: logged once, and with
    /// smtpd_forbid_unauth_pipelining refused (true: the session ends).
    world::Task<bool> refuses_early_words();
    [[nodiscard]] bool must_wait_for_reply(smtp::Verb verb) const;
    std::optional<smtp::Reply> forbidden_now(const smtp::Command& command) const;
    world::Task<void> tarpit();
    void lost(const base::Error& error);
    void log_end(std::string_view reason) const;
    void log_disconnect();

    // replies (replying.cpp)
    world::Task<bool> say(smtp::Reply reply);
    void queue_reply(smtp::Reply reply);
    void add_footer(smtp::Reply& reply, std::string_view footer) const;
    world::Task<void> release_held();
    world::Task<bool> flush();

    // commands/
    world::Task<Next> helo(const smtp::Command& command);
    world::Task<Next> ehlo(const smtp::Command& command);
    /// smtpd_discard_ehlo_keywords for this client; false: the table cannot answer and the client has been told so.
    world::Task<bool> find_hidden_keywords();
    world::Task<Next> mail(const smtp::Command& command);
    world::Task<Next> rcpt(const smtp::Command& command);
    world::Task<Next> data(const smtp::Command& command);
    world::Task<Next> bdat(const smtp::Command& command);
    world::Task<Next> rset(const smtp::Command& command);
    world::Task<Next> vrfy(const smtp::Command& command);
    world::Task<Next> etrn(const smtp::Command& command);
    world::Task<std::optional<smtp::Reply>> judge_etrn(std::string domain);
    world::Task<smtp::Reply> flush_domain(std::string domain);
    world::Task<Next> xclient(const smtp::Command& command);
    void xforward(const smtp::Command& command);
    /// One attribute of XCLIENT; an empty value: not known.
    void become(std::string_view name, std::string value, bool failed_for_now);
    world::Task<Next> starttls(const smtp::Command& command);
    world::Task<Next> auth(const smtp::Command& command);
    world::Task<std::optional<world::BufferedStream::Line>> read_auth_response();
    world::Task<Next> converse(std::string mechanism, sasl::AuthRequest request);
    void tell_remarks(const sasl::Step& step);
    world::Task<std::string> offered_mechanisms();
    world::Task<bool> passes_mechanism_filter(std::string mechanism) const;
    [[nodiscard]] sasl::SecurityOptions security_options() const;

    // MAIL and RCPT in parts
    enum class Verp : std::uint8_t { refused, allowed };
    std::optional<smtp::Reply> take_mail_parameters(std::string_view rest, Verp verp);
    std::optional<smtp::Reply> take_verp(const std::optional<std::string>& delimiters);
    /// smtpd_authorized_verp_clients.
    world::Task<bool> may_ask_for_verp();
    std::optional<smtp::Reply> take_rcpt_parameters(std::string_view rest, mail::Recipient& recipient) const;
    /// smtpd_client_recipient_rate_limit: counts one, and refuses it if it is one too many.
    bool too_many_recipients();
    world::Task<std::optional<smtp::Reply>> judge_recipient(std::string address);
    world::Task<std::optional<smtp::Reply>> judge_stages(Facts known);
    bool takes_probe_of_sender(mail::Recipient& recipient) const;
    static world::Task<std::optional<smtp::Reply>> nobody_judges();
    world::Task<std::optional<smtp::Reply>> begin_intake();
    void log_started() const;
    // before-queue filter (filtering.cpp)
    world::Task<std::optional<smtp::Reply>> begin_filter();
    /// RCPT or DATA; nullopt: the filter, if there is one, agrees.
    world::Task<std::optional<smtp::Reply>> ask_filter(std::string line, int wanted);
    world::Task<smtp::Reply> finish_filter();

    // mail data (data_transfer.cpp)
    world::Task<std::optional<smtp::Reply>> before_data();
    world::Task<void> start_content();
    world::Task<bool> receive_mail_data();
    world::Task<bool> receive_chunk(std::uint64_t size);
    world::Task<bool> skip_chunk(std::uint64_t size);
    void note_line_ends(const smtp::DotReader& reader);
    [[nodiscard]] std::optional<smtp::Reply> line_ends_refused() const;
    [[nodiscard]] smtp::Reply bare_newline_refusal() const;
    world::Task<std::expected<mail::Committed, smtp::Reply>> finish_message();
    std::string make_received_header();
    void apply_changes(std::string& header);

    // milters (milter_events.cpp); nullopt: they agree. All but the first and the last three want talk_
    world::Task<std::optional<smtp::Reply>> greet_with_milters();
    world::Task<std::shared_ptr<const milter::Milters>> find_milters();
    world::Task<std::optional<smtp::Reply>> milters_on_helo();
    world::Task<Next> tell_milters_of_ehlo(bool was_extended, smtp::EhloKeywords& hidden);
    world::Task<std::optional<smtp::Reply>> milters_on_mail(std::string_view parameters);
    /// `refused`: by us; it stays refused, but some milters want to know.
    world::Task<std::optional<smtp::Reply>> milters_on_rcpt(std::string address, std::string parameters, std::optional<smtp::Reply> refused);
    world::Task<std::optional<smtp::Reply>> milters_on_data();
    world::Task<std::optional<smtp::Reply>> milters_on_unknown(std::string line);
    [[nodiscard]] std::optional<smtp::Reply> milters_forbid(smtp::Verb verb) const;
    [[nodiscard]] std::optional<std::string> milter_macro(std::string_view name) const;
    [[nodiscard]] std::string client_resolve_state() const;
    std::optional<smtp::Reply> obey(const mail::MilterAnswer& answer);
    [[nodiscard]] bool has_milters() const { return service_->milters || service_->milter_maps; }
    /// To milters; nothing is done for messages that are to be discarded.
    void show_message_to_milters();

    // access lists and the log (judgement.cpp)
    [[nodiscard]] Facts facts(Stage stage);
    SessionDetails details() override;
    /// One list on its own.
    world::Task<std::optional<smtp::Reply>> judge(const RestrictionList& list, Facts facts);
    /// One of several lists that share a decision; settle() comes after the last.
    world::Task<std::optional<smtp::Reply>> judge_as(const RestrictionList& list, const Facts& facts, Decision& decision);
    /// Nothing refuses: what is to be deferred then.
    std::optional<smtp::Reply> settle(const Decision& decision) const;
    /// smtpd_delay_reject = no: when the client connects, and when it says HELO.
    world::Task<void> judge_client();
    world::Task<std::optional<smtp::Reply>> judge_helo();
    /// What the client and HELO lists say, now or before.
    world::Task<std::optional<smtp::Reply>> judge_before_sender(Facts known, Decision& decision);
    world::Task<std::optional<smtp::Reply>> judge_sender(Facts known, Decision& decision);
    world::Task<std::optional<smtp::Reply>> check_listed(std::string address, StatusSubject subject, const Decision& decision);
    // notices to the postmaster (complaint.cpp)
    void note_reply(const smtp::Reply& reply, std::string_view wire);
    /// Tells the postmaster if there is something to tell, and begins a new transcript.
    world::Task<void> complain();
    world::Task<void> send_notice();
    void log_rejected(std::string_view action, std::string_view text) const;
    [[nodiscard]] std::string client_text() const;  // "localhost[127.0.0.1]"
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] std::string transaction_id() const;

    [[nodiscard]] bool sasl_available() const;
    /// As somebody: who said AUTH ANONYMOUS (RFC 4505) has a user name in the log and no rights of it.
    [[nodiscard]] bool is_logged_in() const;
    /// local_header_rewrite_clients.
    [[nodiscard]] bool headers_are_local() const { return local_headers_ || (service_->header_rewrite_authenticated && is_logged_in()); }
    /// Until when the next read or write may wait; after it, waited() is told.
    [[nodiscard]] world::Deadline next_wait() { return deadline_.wait(doors_.core.clock.now()); }
    void waited(std::uint64_t content_bytes = 0) {
        if (settings_.smtpd_per_request_deadline) {
            deadline_.waited(doors_.core.clock.now(), content_bytes, content_bytes > 0 ? settings_.smtpd_min_data_rate : 0);
        }
    }
    /// For others than the client.
    [[nodiscard]] world::Deadline backend_deadline() const { return doors_.core.clock.deadline_in(settings_.smtpd_timeout); }
    /// Under which ClientLimits counts the client.
    [[nodiscard]] base::IpAddress counted_client() const;
    /// Counts, and says whether there were too many of them in the current time unit; 0: no limit, nothing is counted.
    bool exceeds(std::size_t limit, ClientLimits::Event event, std::string_view what);
    void reset_transaction() {
        if (talk_) {
            talk_->chain.abort();
        }
        transaction_ = {};
        forwarded_.reset();
    }
    world::Task<bool> handshake();
    /// smtpd_tls_wrappermode.
    world::Task<bool> handshake_at_once();
    /// smtpd_client_new_tls_session_rate_limit, before there is one more.
    [[nodiscard]] bool had_too_many_handshakes();
    void log_handshake() const;
    world::Task<void> refuse_certificate();

    const std::shared_ptr<const SmtpdService> service_;
    const SmtpdSettings& settings_;
    SessionDoors doors_;
    const StepAside step_aside_;
    world::BufferedStream stream_;
    RequestDeadline deadline_;
    struct HeldReply {
        std::size_t at;  // where it belongs in stream_'s output
        smtp::Reply reply;
    };
    std::vector<HeldReply> held_;  // refusals whose footer smtpd_reject_footer_maps has to say; flush() asks

    // the client
    base::Endpoint peer_;
    base::Endpoint local_;
    base::IpAddress connected_from_;  // whomever XCLIENT names: as in smtpd(8), this host's own mail stays local for permit_inet_interfaces
    std::string client_name_ = "unknown";
    std::string client_reverse_name_ = "unknown";
    bool client_name_lookup_failed_ = false;
    bool limits_apply_ = true;
    bool local_headers_ = false;
    bool may_xclient_ = false, may_xforward_ = false;
    smtp::EhloKeywords hidden_;
    SmtpdSettings::ForbidBareNewline bare_newline_ = SmtpdSettings::ForbidBareNewline::normalize;
    std::optional<base::IpAddress> counted_as_;  // under which ClientLimits knows the connection
    struct Forwarded {
        mail::Origin origin;
        std::string queue_id, port;  // empty: not told
        bool names_client = false;   // something besides the queue ID was told
        /// For the log; empty: nothing was told.
        [[nodiscard]] std::string client_text() const;
    };
    std::optional<Forwarded> forwarded_;  // XFORWARD: of the next message

    // what it said
    std::string helo_name_;
    bool extended_ = false;   // EHLO
    std::optional<world::TlsSession> tls_;
    std::string sasl_username_, sasl_method_;
    std::unique_ptr<MilterTalk> talk_;  // null: no milters. Outlives the transaction
    bool milters_unknown_ = false;      // their table cannot be asked
    std::size_t connections_at_once_ = 0;
    MailTransaction transaction_;
    static constexpr std::string_view end_of_message = "END-OF-MESSAGE";
    std::string where_ = "CONNECT";

    // its conduct
    std::size_t errors_ = 0;
    std::size_t junk_commands_ = 0;
    Transcript transcript_;
    ErrorClasses errors_met_;
    std::string_view ended_;  // "timeout", "lost connection"
    std::optional<smtp::Reply> client_refused_;  // smtpd_delay_reject = no: every command but QUIT is refused
    struct Deferred {
        std::optional<smtp::Reply> client, helo;
    };
    Deferred deferred_;  // smtpd_delay_reject = no: defer_if_permit, for RCPT and ETRN
    struct Count {
        std::size_t good = 0, all = 0;
    };
    std::array<Count, static_cast<std::size_t>(smtp::Verb::unknown) + 1> counts_{};
    bool last_reply_negative_ = false;
    bool closing_ = false;
    bool bare_newline_noted_ = false;
    bool pipelined_too_early_ = false;
};

}  // namespace posthouse::receive
