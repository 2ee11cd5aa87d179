#include "net/tls_connection.hpp"

#include <algorithm>
#include <cerrno>

#include "base/ascii_domain.hpp"
#include "base/assert.hpp"
#include "base/ip_address.hpp"
#include "net/system_error.hpp"
#include "net/tls_contexts.hpp"
#include "net/tls_server_name.hpp"
#include "net/tls_session_facts.hpp"

namespace posthouse::net {

namespace {

// What `outcome` of an SSL call means. errno and OpenSSL's queue must have been empty before the call.
Attempt judge(SSL* ssl, int outcome, std::size_t count) {
    if (outcome > 0) {
        return {Attempt::State::done, count, {}};
    }
    const int system_errno = errno;
    switch (SSL_get_error(ssl, outcome)) {
        case SSL_ERROR_WANT_READ: return {Attempt::State::wants_read, 0, {}};
        case SSL_ERROR_WANT_WRITE: return {Attempt::State::wants_write, 0, {}};
        case SSL_ERROR_ZERO_RETURN: return {Attempt::State::end_of_stream, 0, {}};
        case SSL_ERROR_SYSCALL:
            ERR_clear_error();
            if (system_errno == 0) {
                return {Attempt::State::end_of_stream, 0, {}};
            }
            return {Attempt::State::failed, 0, system_error(system_errno)};
        default: return {Attempt::State::failed, 0, {base::ErrorKind::tls, "TLS error: " + take_openssl_error()}};
    }
}

void prepare_call() {
    ERR_clear_error();
    errno = 0;
}

class OpensslConnection : public TlsConnection {
public:
    OpensslConnection(SslHandle ssl, bool fast_shutdown) : ssl_(std::move(ssl)), fast_shutdown_(fast_shutdown) {}

    Attempt handshake() override {
        prepare_call();
        return judge(ssl_.get(), SSL_do_handshake(ssl_.get()), 0);
    }
    Attempt read(std::span<char> into) override {
        prepare_call();
        std::size_t count = 0;
        const int outcome = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
        return judge(ssl_.get(), outcome, count);
    }
    Attempt write(std::string_view bytes) override {
        prepare_call();
        std::size_t count = 0;
        const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
        Attempt attempt = judge(ssl_.get(), outcome, count);
        if (attempt.state == Attempt::State::end_of_stream) {
            return {Attempt::State::failed, 0, system_error(EPIPE)};
        }
        return attempt;
    }
    Attempt shutdown() override {
        prepare_call();
        int outcome = SSL_shutdown(ssl_.get());
        if (outcome == 0 && !fast_shutdown_) {
            outcome = SSL_shutdown(ssl_.get());  // ours is sent, the peer's is awaited
        }
        return outcome >= 0 ? Attempt{} : judge(ssl_.get(), outcome, 0);
    }
    [[nodiscard]] bool readable_now() const override {
        // Reads away what only OpenSSL wants to know (session tickets), which is nothing that the peer said to us.
        prepare_call();
        char byte = 0;
        std::size_t count = 0;
        const int outcome = SSL_peek_ex(ssl_.get(), &byte, 1, &count);
        return judge(ssl_.get(), outcome, count).state != Attempt::State::wants_read;
    }
    [[nodiscard]] bool holds_bytes() const override { return SSL_has_pending(ssl_.get()) == 1; }

protected:
    SslHandle ssl_;
    bool fast_shutdown_;
};

class ServerConnection final : public OpensslConnection {
public:
    ServerConnection(SslHandle ssl, std::shared_ptr<const OpensslServerContext> context)
        : OpensslConnection(std::move(ssl), context->fast_shutdown), context_(std::move(context)) {
        if (context_->named_chains) {
            question_.chains = &context_->named_chains;
            SSL_set_ex_data(ssl_.get(), server_name_index(), &question_);
        }
    }
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;

    [[nodiscard]] world::TlsSession session() override {
        world::TlsSession session = session_facts(ssl_.get(), TlsSide::server, context_->fingerprint_digest);
        if (context_->channel_bindings) {
            session.bindings = channel_bindings(ssl_.get(), SSL_get_certificate(ssl_.get()));
        }
        session.asked = question_.asked;
        session.asked_name = question_.name;
        return session;
    }

private:
    std::shared_ptr<const OpensslServerContext> context_;
    ServerNameQuestion question_;
};

class ClientConnection final : public OpensslConnection {
public:
    ClientConnection(SslHandle ssl, std::shared_ptr<const OpensslClientContext> context, world::TlsClientRequest request)
        : OpensslConnection(std::move(ssl), context->fast_shutdown),
          context_(std::move(context)),
          request_(std::move(request)),
          owner_{context_.get(), request_.session_key} {
        SSL_set_ex_data(ssl_.get(), session_owner_index(), &owner_);
    }
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;

    [[nodiscard]] world::TlsSession session() override {
        world::TlsSession session = session_facts(ssl_.get(), TlsSide::client, context_->fingerprint_digest);
        check_peer(ssl_.get(), request_, session);
        if (session.session_reused && SSL_version(ssl_.get()) < TLS1_3_VERSION && !request_.session_key.empty()) {
            // Before TLS 1.3 no new session comes with a resumption: the old one serves again.
            context_->sessions.store(request_.session_key, SessionHandle(SSL_get1_session(ssl_.get())));
        }
        return session;
    }

private:
    std::shared_ptr<const OpensslClientContext> context_;
    world::TlsClientRequest request_;
    SessionOwner owner_;
};

base::Result<void> enable_dane(SSL* ssl, const world::TlsClientRequest& request) {
    if (SSL_dane_enable(ssl, request.server_name.empty() ? nullptr : request.server_name.c_str()) != 1) {
        return fail_openssl("DANE");
    }
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);  // RFC 7672 §3.1.1
    for (const std::string& name : request.match_names) {
        SSL_add1_host(ssl, name.c_str());
    }
    bool usable = false;
    for (const world::TlsaRecord& record : request.tlsa_records) {
        const auto* data = reinterpret_cast<const unsigned char*>(record.data.data());
        usable |= SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching_type, data, record.data.size()) > 0;
    }
    ERR_clear_error();
    if (!usable) {
        return base::fail(base::ErrorKind::tls, "no TLSA record is usable");
    }
    return {};
}

// Certificates and the SNI have names of domains as DNS has them. ".example.net" stands for all below it.
std::string on_the_wire(const std::string& name) {
    const bool is_all_below = name.starts_with('.');
    const auto ascii = base::ascii_domain(std::string_view(name).substr(is_all_below ? 1 : 0));
    return ascii ? (is_all_below ? "." : "") + *ascii : name;
}

}  // namespace

base::Result<std::unique_ptr<TlsConnection>> make_server_connection(
    int descriptor, std::shared_ptr<const world::TlsServerContext> context) {
    auto ours = std::dynamic_pointer_cast<const OpensslServerContext>(context);
    PH_ASSERT(ours != nullptr);
    SslHandle ssl(SSL_new(ours->context.get()));
    if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) {
        return fail_openssl("TLS");
    }
    SSL_set_accept_state(ssl.get());
    return std::make_unique<ServerConnection>(std::move(ssl), std::move(ours));
}

base::Result<std::unique_ptr<TlsConnection>> make_client_connection(int descriptor, world::TlsClientRequest request) {
    auto ours = std::dynamic_pointer_cast<const OpensslClientContext>(request.context);
    PH_ASSERT(ours != nullptr);
    SslHandle ssl(SSL_new(ours->context.get()));
    if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) {
        return fail_openssl("TLS");
    }
    SSL_set_connect_state(ssl.get());
    request.server_name = on_the_wire(request.server_name);
    std::transform(request.match_names.begin(), request.match_names.end(), request.match_names.begin(), on_the_wire);
    if (!request.server_name.empty() && !base::IpAddress::parse(request.server_name)) {
        // SSL_set_tlsext_host_name, whose macro has a C cast
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, request.server_name.data());
    }
    if (!request.tlsa_records.empty()) {
        const auto enabled = enable_dane(ssl.get(), request);
        if (!enabled) {
            return std::unexpected(enabled.error());
        }
    }
    if (!request.session_key.empty()) {
        if (const SessionHandle session = ours->sessions.take(request.session_key)) {
            SSL_set_session(ssl.get(), session.get());
        }
    }
    return std::make_unique<ClientConnection>(std::move(ssl), std::move(ours), std::move(request));
}

}  // namespace posthouse::net
