#pragma once
// smtpd_proxy_filter (SMTPD_PROXY_README): a content filter that mail passes while its client waits. ProxyFilter is one connection to
// it, for one mail transaction; it stands in for the intake, so nothing of that message is queued here. Lives on its session's core.
#include <memory>
#include <optional>
#include <string>

#include "mail/intake.hpp"
#include "observe/event.hpp"
#include "receive/held_content.hpp"
#include "receive/policy/network_connector.hpp"
#include "smtp/dot_writer.hpp"
#include "smtp/reply.hpp"
#include "smtp/reply_parser.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::receive {

/// One for each service and core.
struct ProxyFilterSettings {
    std::shared_ptr<PolicyConnector> connector;
    std::string name;  // "127.0.0.1:10025", for the log
    std::string smtpd_proxy_ehlo;
    std::chrono::seconds smtpd_proxy_timeout{100};
    std::optional<HeldContent::Room> speed_adjust;  // of smtpd_proxy_options: where a message waits for its end; nullopt: nowhere
    base::Bytes message_size_limit{0};
};

/// Whom XFORWARD names; an empty value is not known.
struct ForwardedClient {
    std::string name, address, port, helo, protocol, ident;
    bool local = false;  // DOMAIN=LOCAL: ours, and no stranger
};

class ProxyFilter final : public mail::IntakeSession {
public:
    struct Doors {
        world::Core& core;
        observe::EventSink& events;
        std::string label;  // of the log
    };
    ProxyFilter(const ProxyFilterSettings& settings, Doors doors);

    /// Connects, says EHLO, XFORWARD and `mail`, the client's MAIL command. With speed_adjust nothing happens yet. The error is the
    /// reply for the client.
    world::Task<std::expected<void, smtp::Reply>> begin(ForwardedClient client, std::string mail);
    /// RCPT or DATA, as the client gave it; the class of reply that is fine is 2 or 3. The error is the filter's reply.
    world::Task<std::expected<void, smtp::Reply>> command(std::string line, int wanted);
    /// Ends the content; what the filter says of the message is the reply to it, whatever that is.
    world::Task<smtp::Reply> end();

    // IntakeSession
    [[nodiscard]] mail::QueueId queue_id() const override { return {}; }
    void set_envelope(mail::Envelope) override {}
    /// Never fails: what goes wrong is told by end().
    world::Task<void> write(std::string_view bytes) override;
    world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override;

private:
    world::Task<std::expected<void, smtp::Reply>> open();
    world::Task<std::expected<void, smtp::Reply>> introduce();
    world::Task<std::expected<void, smtp::Reply>> say(std::string line, int wanted, std::string_view what);
    world::Task<base::Result<smtp::RemoteReply>> read_reply();
    /// What was held: the envelope and the content.
    world::Task<void> replay();
    world::Task<void> send(std::string_view bytes);
    void failed(const base::Error& error);
    void cannot_hold(const base::Error& error);
    [[nodiscard]] world::Deadline deadline() const { return doors_.core.clock.deadline_in(settings_.smtpd_proxy_timeout); }

    const ProxyFilterSettings& settings_;
    Doors doors_;
    ForwardedClient client_;
    std::optional<world::BufferedStream> stream_;  // empty before open(), and after a failure
    smtp::DotWriter dots_;
    std::vector<std::string> held_commands_;
    std::optional<HeldContent> held_;  // speed_adjust, and the filter knows nothing yet
    std::uint64_t size_ = 0;
    std::optional<smtp::Reply> refusal_;  // what the client is told at the end instead
};

/// "NAME=… ADDR=…" of what `offered` (the words behind XFORWARD in the filter's EHLO reply) understands, in commands of 512 bytes
/// at most (XFORWARD_README). Pure.
[[nodiscard]] std::vector<std::string> xforward_commands(const ForwardedClient& client, std::string_view offered);

}  // namespace posthouse::receive
