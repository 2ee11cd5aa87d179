#include "sim/sim_stream.hpp"

namespace posthouse::sim {

using base::ErrorKind;
using world::Task;

namespace {

constexpr char handshake_record = 0x16;
constexpr char alert_record = 0x15;

void strip_starttls(std::string& text) {
    static constexpr std::string_view keyword = "STARTTLS";
    for (std::size_t at = text.find(keyword); at != std::string::npos; at = text.find(keyword, at)) {
        text.replace(at, keyword.size(), keyword.size(), 'X');
    }
}

}  // namespace

Task<base::Result<std::size_t>> SimStream::read_some(std::span<char> into, Deadline deadline) {
    const auto connection = connection_;
    Flow& in = connection->sent_by(other(side_));
    for (;;) {
        if (!connection->powered(side_)) {
            co_return base::fail(ErrorKind::reset, "no power");
        }
        if (!in.arrived.empty() && !into.empty()) {
            const std::size_t most = std::min(into.size(), in.arrived.size());
            const std::size_t count = connection->portion(most);
            std::copy_n(in.arrived.begin(), count, into.begin());
            in.arrived.erase(0, count);
            in.read += count;
            in.writable.wake();
            co_return count;
        }
        if (in.broken) {
            co_return base::fail(ErrorKind::reset, "Connection reset by peer");
        }
        if (in.end_arrived || closed_) {
            co_return std::size_t{0};
        }
        const bool woken = co_await in.readable.wait(deadline);
        if (!woken) {
            co_return base::fail(ErrorKind::timeout, "Connection timed out");
        }
    }
}

Task<base::Result<void>> SimStream::write_all(std::string_view bytes, Deadline deadline) {
    const auto connection = connection_;
    Flow& out = connection->sent_by(side_);
    while (!bytes.empty()) {
        if (!connection->powered(side_)) {
            co_return base::fail(ErrorKind::reset, "no power");
        }
        if (connection->sent_by(other(side_)).broken || out.broken) {
            co_return base::fail(ErrorKind::reset, "Connection reset by peer");
        }
        if (out.end_sent) {
            co_return base::fail(ErrorKind::closed, "Broken pipe");
        }
        const std::size_t unread = out.bytes_under_way + out.arrived.size();
        const std::size_t window = connection->conditions().window;
        if (unread < window) {
            std::string piece(bytes.substr(0, window - unread));
            bytes.remove_prefix(piece.size());
            out.written += piece.size();
            if (connection->conditions().strip_starttls && side_ == Side::server && !encrypted_) {
                strip_starttls(piece);
            }
            connection->send(side_, piece);
            continue;
        }
        const bool woken = co_await out.writable.wait(deadline);
        if (!woken) {
            co_return base::fail(ErrorKind::timeout, "Connection timed out");
        }
    }
    co_return base::Result<void>{};
}

Task<void> SimStream::shutdown(Deadline) {
    closed_ = true;
    connection_->close(side_);
    co_return;
}

bool SimStream::readable_now() const {
    const Flow& in = connection_->sent_by(other(side_));
    return !in.arrived.empty() || in.end_arrived || in.broken || !connection_->powered(side_);
}

Task<base::Result<std::string>> SimStream::read_exactly(std::size_t count, Deadline deadline) {
    std::string bytes;
    while (bytes.size() < count) {
        std::array<char, 256> buffer{};
        const std::span<char> into(buffer.data(), std::min(buffer.size(), count - bytes.size()));
        const auto got = co_await read_some(into, deadline);
        if (!got) {
            co_return std::unexpected(got.error());
        }
        if (*got == 0) {
            co_return base::fail(ErrorKind::closed, "lost connection while in TLS handshake");
        }
        bytes.append(buffer.data(), *got);
    }
    co_return std::move(bytes);
}

Task<base::Result<std::string>> SimStream::read_record(Deadline deadline) {
    const auto kind = co_await read_exactly(1, deadline);
    if (!kind) {
        co_return std::unexpected(kind.error());
    }
    if (kind->front() != handshake_record) {
        co_return base::fail(ErrorKind::tls, kind->front() == alert_record ? "handshake failure" : "wrong version number");
    }
    const auto head = co_await read_exactly(2, deadline);
    if (!head) {
        co_return std::unexpected(head.error());
    }
    const auto high = static_cast<unsigned char>((*head)[0]);
    const auto low = static_cast<unsigned char>((*head)[1]);
    auto payload = co_await read_exactly(std::size_t{high} * 256 + low, deadline);
    co_return std::move(payload);
}

Task<base::Result<void>> SimStream::write_record(std::string payload, Deadline deadline) {
    std::string record{handshake_record, static_cast<char>(payload.size() / 256), static_cast<char>(payload.size() % 256)};
    record += payload;
    const auto written = co_await write_all(record, deadline);
    co_return written;
}

Task<base::Result<world::TlsSession>> SimStream::start_tls_server(std::shared_ptr<const world::TlsServerContext> context, Deadline deadline) {
    const auto mine = std::dynamic_pointer_cast<const SimTlsServerContext>(context);
    PH_ASSERT(mine != nullptr && !encrypted_);
    const auto hello = co_await read_record(deadline);
    if (!hello) {
        co_return std::unexpected(hello.error());
    }
    if (connection_->scheduler().random().chance(connection_->conditions().tls_failure_per_mille)) {
        connection_->scheduler().injected("tls: handshake fails");
        const std::string alert(1, alert_record);
        const auto told = co_await write_all(alert, deadline);
        co_return base::fail(ErrorKind::tls, told ? "no shared cipher" : told.error().text);
    }
    std::string identity = mine->certificate.encode();
    const auto sent = co_await write_record(std::move(identity), deadline);
    if (!sent) {
        co_return std::unexpected(sent.error());
    }
    encrypted_ = true;
    const bool trusting = !mine->settings.ca_file.empty() || !mine->settings.ca_path.empty();
    const auto client = Certificate::decode(*hello);
    co_return judge(mine->settings.ask_client_certificate ? client : std::nullopt, trusting ? Trust::known_issuers : Trust::nobody, {},
                    world::PeerVerification::certificate_chain);
}

Task<base::Result<world::TlsSession>> SimStream::start_tls_client(world::TlsClientRequest request, Deadline deadline) {
    const auto mine = std::dynamic_pointer_cast<const SimTlsClientContext>(request.context);
    PH_ASSERT(mine != nullptr && !encrypted_);
    std::string identity = mine->certificate ? mine->certificate->encode() : std::string();
    const auto sent = co_await write_record(std::move(identity), deadline);
    if (!sent) {
        co_return std::unexpected(sent.error());
    }
    const auto hello = co_await read_record(deadline);
    if (!hello) {
        co_return std::unexpected(hello.error());
    }
    encrypted_ = true;
    const auto& settings = mine->settings;
    const bool trusting = settings.use_system_ca || !settings.ca_file.empty() || !settings.ca_path.empty();
    const auto server = Certificate::decode(*hello);
    co_return judge(server, trusting ? Trust::known_issuers : Trust::nobody, request.match_names, request.verification);
}

}  // namespace posthouse::sim
