#include "sasl/dovecot_backend.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sasl/dovecot_protocol.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::sasl {

namespace {

constexpr std::size_t line_max = 64 * 1024;    // an OK line carries whatever fields the administrator adds
constexpr std::size_t replies_max = 100;       // foreign lines that are skipped before one of ours
constexpr std::uint32_t request_id = 1;        // one request per connection
constexpr std::string_view lost = "Connection lost to authentication server";

Step failed(std::string_view reason) { return {Step::Kind::failure, std::string(reason), {}}; }
Step unavailable(std::string reason) { return {Step::Kind::temporary_failure, std::move(reason), {}}; }

}  // namespace

struct DovecotBackend::Connection {
    explicit Connection(std::unique_ptr<world::Stream> opened) : stream(std::move(opened)) {}
    world::BufferedStream stream;
    DovecotGreeting greeting;
};

class DovecotBackend::Conversation final : public SaslConversation {
public:
    Conversation(DovecotBackend& backend, AuthRequest request) : backend_(backend), request_(std::move(request)) {}

    world::Task<Step> start(world::Deadline deadline) override {
        auto connected = co_await backend_.connect(deadline);
        if (!connected) {
            co_return unavailable(connected.error().text);
        }
        connection_ = std::move(*connected);
        const auto offered = permitted(connection_->greeting.mechanisms(), request_.security_options);
        const auto chosen = std::find_if(offered.begin(), offered.end(),
                                         [this](const Mechanism& mechanism) { return base::iequals(mechanism.name, request_.mechanism); });
        if (chosen == offered.end()) {
            co_return failed(invalid_mechanism);
        }
        // Nothing but base64 may reach the line: a tab in it would be another parameter.
        if (request_.initial_response && *request_.initial_response != "=" && !base::base64_decode(*request_.initial_response)) {
            co_return failed(invalid_initial_response);
        }
        co_return co_await exchange(dovecot_auth_line(request_id, chosen->name, request_), deadline);
    }

    world::Task<Step> step(std::string base64_line, world::Deadline deadline) override {
        if (!base::base64_decode(base64_line)) {
            co_return failed(invalid_continued_response);
        }
        if (!connection_) {
            co_return unavailable(std::string(lost));
        }
        co_return co_await exchange("CONT\t" + std::to_string(request_id) + '\t' + base64_line + '\n', deadline);
    }

private:
    world::Task<Step> exchange(std::string line, world::Deadline deadline) {
        world::BufferedStream& stream = connection_->stream;
        stream.queue(line);
        const auto sent = co_await stream.flush(deadline);
        for (std::size_t i = 0; sent && i < replies_max; ++i) {
            const auto got = co_await stream.read_line(line_max, deadline);
            if (!got || got->too_long) {
                break;
            }
            const auto reply = parse_dovecot_reply(got->text);
            if (reply && reply->id == request_id) {
                co_return to_step(*reply);
            }
        }
        connection_.reset();
        co_return unavailable(std::string(lost));
    }

    static Step to_step(const DovecotReply& reply) {
        switch (reply.kind) {
            case DovecotReply::Kind::proceed:
                return {Step::Kind::challenge, reply.challenge, {}};
            case DovecotReply::Kind::granted:
                // A login without a name would own nothing and everything.
                return reply.user.empty() ? unavailable("missing user name in the authentication server's reply")
                                          : Step{Step::Kind::success, {}, base::printable(reply.user)};
            case DovecotReply::Kind::refused:
                break;
        }
        return {reply.temporary ? Step::Kind::temporary_failure : Step::Kind::failure,
                reply.reason.empty() ? std::string(reason_unavailable) : base::printable(reply.reason), base::printable(reply.user)};
    }

    DovecotBackend& backend_;
    AuthRequest request_;
    std::unique_ptr<Connection> connection_;
};

base::Result<DovecotAddress> parse_dovecot_address(std::string_view path, std::string_view queue_directory) {
    if (path.starts_with("inet:")) {
        const std::string_view rest = path.substr(5);
        const std::size_t colon = rest.rfind(':');
        std::string_view host = rest.substr(0, colon);
        if (host.starts_with('[') && host.ends_with(']')) {
            host = host.substr(1, host.size() - 2);
        }
        const auto address = base::IpAddress::parse(host == "localhost" ? "127.0.0.1" : host);
        const auto port = colon == std::string_view::npos ? std::nullopt : base::parse_number(rest.substr(colon + 1));
        if (!address || !port || *port == 0 || *port > 65535) {
            return base::fail(base::ErrorKind::invalid, "bad authentication server address \"" + std::string(path) + "\": expected inet:address:port");
        }
        return base::Endpoint{*address, static_cast<std::uint16_t>(*port)};
    }
    if (path.starts_with("unix:")) {
        path.remove_prefix(5);
    }
    if (path.empty()) {
        return base::fail(base::ErrorKind::invalid, "the path of the authentication server's socket is empty");
    }
    return UnixSocket{path.starts_with('/') ? std::string(path) : std::string(queue_directory) + '/' + std::string(path)};
}

world::Task<base::Result<std::unique_ptr<world::Stream>>> DovecotBackend::connect_stream(world::Deadline deadline) {
    if (const auto* local = std::get_if<UnixSocket>(&address_)) {
        return network_.connect_unix(local->path, deadline);
    }
    return network_.connect(std::get<base::Endpoint>(address_), std::nullopt, deadline);
}

world::Task<base::Result<std::unique_ptr<DovecotBackend::Connection>>> DovecotBackend::connect(world::Deadline deadline) {
    auto stream = co_await connect_stream(deadline);
    if (!stream) {
        co_return base::fail(stream.error(), "SASL: connect to the authentication server");
    }
    auto connection = std::make_unique<Connection>(std::move(*stream));
    // Dovecot refuses a second connection with the same number, and all ours come from one process.
    connection->stream.queue(dovecot_hello(static_cast<std::uint32_t>(1 + random_.below(0x7ffffffe))));
    const auto sent = co_await connection->stream.flush(deadline);
    if (!sent) {
        co_return base::fail(sent.error(), "SASL: write to the authentication server");
    }
    for (;;) {
        const auto line = co_await connection->stream.read_line(line_max, deadline);
        if (!line) {
            co_return base::fail(line.error(), "SASL: read the authentication server's greeting");
        }
        const auto done = connection->greeting.feed(line->text);
        if (!done) {
            co_return base::fail(done.error(), "SASL");
        }
        if (*done) {
            co_return connection;
        }
    }
}

world::Task<base::Result<std::vector<Mechanism>>> DovecotBackend::mechanisms(world::Deadline deadline) {
    if (clock_.now() < remembered_until_) {
        co_return remembered_;
    }
    auto connected = co_await connect(deadline);
    if (!connected) {
        co_return std::unexpected(connected.error());
    }
    remembered_ = (*connected)->greeting.mechanisms();
    remembered_until_ = clock_.now() + remembered_for;
    co_return remembered_;
}

std::unique_ptr<SaslConversation> DovecotBackend::begin(AuthRequest request) {
    return std::make_unique<Conversation>(*this, std::move(request));
}

}  // namespace posthouse::sasl
