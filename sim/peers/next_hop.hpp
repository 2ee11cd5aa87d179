#pragma once
// NextHop: an SMTP server of the outside world. Takes mail, refuses some of it for now or for good, stalls, breaks
// connections at the worst moment, and writes into the ledger what it got. Notifications count for what they report.
#include <map>
#include <optional>

#include "sim/oracles/ledger.hpp"
#include "sim/peers/peer_host.hpp"
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
    std::shared_ptr<const world::TlsServerContext> tls;  // set: STARTTLS is offered
};

class NextHop {
public:
    NextHop(PeerHost& host, Ledger& ledger, NextHopSettings settings) : host_(host), ledger_(ledger), settings_(std::move(settings)) {}

    /// Listens; false if the address is taken.
    bool start();
    world::Task<void> stop() { return tasks_.stop(); }
    [[nodiscard]] NextHopSettings& settings() { return settings_; }
    /// Messages taken, notifications included.
    [[nodiscard]] std::size_t messages() const { return messages_; }
    [[nodiscard]] std::size_t connections() const { return connections_; }
    [[nodiscard]] std::size_t tls_sessions() const { return tls_sessions_; }

private:
    struct Session {
        explicit Session(std::unique_ptr<world::Stream> connection) : stream(std::move(connection)) {}
        world::BufferedStream stream;
        std::string reverse_path;
        bool in_transaction = false;
        std::vector<std::string> recipients;
        std::vector<Promise> unconfirmed;  // our 250 for them went out; the client's next command shows that it arrived
        bool encrypted = false;
        bool over = false;
    };
    world::Task<void> accept_all(std::unique_ptr<world::Listener> listener);
    world::Task<void> serve(std::unique_ptr<world::Stream> stream);
    world::Task<void> handle(Session& session, std::string line);
    world::Task<void> data(Session& session);
    world::Task<void> bdat(Session& session, std::string line);
    world::Task<void> end_data(Session& session, const std::string& content);
    world::Task<void> start_tls(Session& session);
    world::Task<void> reply(Session& session, std::string text);
    void unconfirmed(Session& session);
    [[nodiscard]] std::string greet(const Session& session) const;
    [[nodiscard]] std::string answer_recipient(Session& session, const std::string& recipient);
    std::vector<Promise> take(const Session& session, const std::string& content);
    bool chance(unsigned per_mille) { return host_.world.scheduler.random().chance(per_mille); }

    PeerHost& host_;
    Ledger& ledger_;
    NextHopSettings settings_;
    std::size_t messages_ = 0;
    std::size_t connections_ = 0;
    std::size_t tls_sessions_ = 0;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::sim
