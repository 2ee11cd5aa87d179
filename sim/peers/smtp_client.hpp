#pragma once
// SmtpClient: hands messages in and tries again until the server has taken or refused every recipient, as a real client
// would; writes into the ledger what it was told.
#include <optional>

#include "sim/oracles/ledger.hpp"
#include "sim/oracles/session_judge.hpp"
#include "sim/peers/peer_host.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::sim {

struct SmtpClientSettings {
    base::Endpoint server;
    std::string helo = "client.example";
    enum class Style { lockstep, pipelined } style = Style::pipelined;
    std::string user, password;  // set: it logs in before it hands in, and now and then mistypes
    std::shared_ptr<const world::TlsClientContext> tls;  // set: it says STARTTLS where that is offered
    std::string alias_suffix;  // behind each recipient's domain: an alias of him
    Duration reply_timeout = std::chrono::minutes(10);
    Duration retry_pause = std::chrono::seconds(30);
    int tries_max = 1000;
};

class SmtpClient {
public:
    /// `judge` hears of every session that was greeted; null: nobody does.
    SmtpClient(PeerHost& host, Ledger& ledger, SmtpClientSettings settings, SessionJudge* judge = nullptr)
        : host_(host), ledger_(ledger), settings_(std::move(settings)), judge_(judge) {}

    /// One after the other, each until it is settled or tries_max attempts have failed.
    world::Task<void> submit_all(std::vector<Submission> submissions);

    [[nodiscard]] std::size_t finished() const { return finished_; }
    [[nodiscard]] std::size_t given_up() const { return given_up_; }
    /// Recipients refused with 5yz.
    [[nodiscard]] const std::set<Promise>& refused() const { return refused_; }

private:
    /// One connection, one transaction. Recipients that were taken or refused for good leave `submission`.
    world::Task<void> attempt(Submission& submission);
    world::Task<bool> open_session(world::BufferedStream& stream);
    /// The EHLO reply; nullopt: it may not go on.
    world::Task<std::optional<std::string>> say_hello(world::BufferedStream& stream);
    /// True: it may go on.
    world::Task<bool> start_tls(world::BufferedStream& stream);
    world::Task<bool> log_in(world::BufferedStream& stream);
    world::Task<std::optional<std::vector<std::string>>> envelope(world::BufferedStream& stream, Submission& submission);
    world::Task<void> content(world::BufferedStream& stream, Submission& submission, std::vector<std::string> taken);
    [[nodiscard]] Deadline reply_deadline() const { return host_.clock.deadline_in(settings_.reply_timeout); }

    PeerHost& host_;
    Ledger& ledger_;
    SmtpClientSettings settings_;
    SessionJudge* judge_;
    std::set<Promise> refused_;
    std::size_t finished_ = 0;
    std::size_t given_up_ = 0;
};

}  // namespace posthouse::sim
