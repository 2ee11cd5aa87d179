#pragma once
// NextHop: an SMTP server of the outside world. Takes mail, refuses some of it for now or for good, stalls, breaks
// connections at the worst moment, and writes into the ledger what it got. Notifications count for what they report.
#include <map>
#include <optional>
#include <set>

#include "sim/oracles/delivery_rules.hpp"
#include "sim/oracles/ledger.hpp"
#include "sim/oracles/load_judge.hpp"
#include "sim/peers/peer_host.hpp"
#include "sim/peers/temper.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {

struct NextHopSettings {
    base::Endpoint listen;
    std::string name = "hop.example";
    std::vector<std::string> keywords{"PIPELINING", "8BITMIME", "SIZE 100000000", "ENHANCEDSTATUSCODES"};
    struct Plan {
        int temporary_failures = 0;  // 450 that many times, then 250
        bool refused = false;        // 550
    };
    std::map<std::string, Plan> recipients;  // others are taken
    unsigned greeting_refused_per_mille = 0;        // 421 instead of 220
    unsigned recipient_deferred_per_mille = 0;      // 450 to RCPT
    unsigned content_deferred_per_mille = 0;        // 451 after the final dot
    unsigned content_refused_per_mille = 0;         // 554 after the final dot
    unsigned break_before_reply_per_mille = 0;      // takes the message, then breaks the connection
    unsigned break_in_content_per_mille = 0;        // breaks the connection instead of reading the content
    unsigned stall_per_mille = 0;                   // of replies: they come `stall` late
    Duration stall = std::chrono::minutes(7);
    Duration asleep_for{0};  // after start(): every session gets a 421
    Temper temper;
    unsigned login_refused_per_mille = 0;  // 454 or 535 to AUTH, although the password is right
    std::shared_ptr<const world::TlsServerContext> tls;  // set: STARTTLS is offered
};

class NextHop {
public:
    /// `judge` hears of every transaction; null: nobody does. `rules` are those of the server's configuration.
    NextHop(PeerHost& host, Ledger& ledger, NextHopSettings settings, LoadJudge* judge = nullptr, DeliveryRules rules = {})
        : host_(host), ledger_(ledger), settings_(std::move(settings)), judge_(judge), rules_(std::move(rules)) {}

    /// Listens; false if the address is taken.
    bool start();
    world::Task<void> stop() { return tasks_.stop(); }
    [[nodiscard]] NextHopSettings& settings() { return settings_; }
    /// Messages taken, notifications included.
    [[nodiscard]] std::size_t messages() const { return messages_; }
    [[nodiscard]] std::size_t connections() const { return connections_; }
    [[nodiscard]] std::size_t tls_sessions() const { return tls_sessions_; }

private:
    enum class Taken : std::uint8_t { yes, refused };
    struct Session {
        explicit Session(std::unique_ptr<world::Stream> connection) : stream(std::move(connection)) {}
        world::BufferedStream stream;
        std::string reverse_path;
        std::string mail_parameters;  // what came behind MAIL FROM:<…>
        std::vector<std::string> recipient_parameters;
        std::unique_ptr<LoadJudge::Transaction> counted;  // as judge_ knows the transaction
        std::set<std::string> doubtful;  // recipients that we took, with a reply that nobody understands
        bool doubtful_mail = false;      // the same of MAIL
        bool knows_dsn = false;        // our EHLO reply said so, and was heard
        bool knows_login = false;      // the same of AUTH
        bool offered_eight_bit = false;  // 8BITMIME was in our EHLO reply, which may have been too long to be heard: it may be used
        bool offered_utf8 = false;       // the same of SMTPUTF8
        bool logged_in = false;
        bool reply_understood = true;  // the last
        bool reads_slowly = false;
        bool half_closes = false;
        bool in_transaction = false;
        std::vector<std::string> recipients;
        std::vector<Promise> unconfirmed_notices;
        std::vector<Promise> unconfirmed;  // our 250 for them is on its way
        std::size_t confirmed_at = 0;      // bytes of ours that the client must have read to know of it; 0: not sent yet
        bool encrypted = false;
        bool over = false;
    };
    world::Task<void> serve(std::unique_ptr<world::Stream> stream);
    world::Task<void> handle(Session& session, std::string line);
    /// True: the reply at this stage was a refusal, or none at all.
    world::Task<bool> refuse(Session& session, Stage stage);
    world::Task<void> mail(Session& session, std::string line);
    world::Task<void> rcpt(Session& session, std::string line);
    world::Task<void> data(Session& session);
    world::Task<void> bdat(Session& session, std::string line);
    world::Task<void> take_content(Session& session);
    world::Task<void> end_data(Session& session, const std::string& content);
    world::Task<base::Result<std::string>> receive(Session& session);
    world::Task<void> start_tls(Session& session);
    world::Task<void> reply(Session& session, std::string text);
    /// Forgets what is unconfirmed if the client has read of it.
    static void confirm(Session& session);
    void unconfirmed(Session& session);
    void end_transaction(Session& session);
    [[nodiscard]] std::string greet(const Session& session) const;
    [[nodiscard]] std::string answer_recipient(Session& session, const std::string& recipient);
    std::vector<Promise> take(Session& session, const std::string& content);
    /// And not a client's own mail with a null reverse-path.
    [[nodiscard]] bool is_notification(const Session& session, const std::string& content) const;
    std::vector<Promise> take_notification(Session& session, const std::string& content, Taken taken);
    world::Task<void> log_in(Session& session, std::string line);
    /// What the server's configuration and RFC 6531 say about this recipient in this session.
    void check_protection(const Session& session, const std::string& recipient);
    void check_content(const Session& session, const std::string& key, bool has_eight_bit);
    void check_parameters(const Session& session, const std::string& key);
    [[nodiscard]] bool offers(std::string_view keyword) const;
    SimRandom& random() { return host_.world.scheduler.random(); }
    void injected(std::string_view what) { host_.world.scheduler.injected(what); }
    bool chance(unsigned per_mille) { return random().chance(per_mille); }

    PeerHost& host_;
    Ledger& ledger_;
    NextHopSettings settings_;
    LoadJudge* judge_;
    DeliveryRules rules_;
    std::map<std::string, SteadyTime> first_seen_;  // greylisting: "reverse-path recipient"
    SteadyTime awake_at_{};
    std::size_t messages_ = 0;
    std::size_t connections_ = 0;
    std::size_t tls_sessions_ = 0;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::sim
