// STARTTLS (RFC 3207).
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

using smtp::Reply;

world::Task<Session::Next> Session::starttls(const smtp::Command& command) {
    if (!command.arguments.empty()) {
        queue_reply(Reply::make(501, "5.5.4 Syntax: STARTTLS"));
        co_return Next::go_on;
    }
    if (tls_) {
        queue_reply(Reply::make(554, "5.5.1 Error: TLS already active"));
        co_return Next::go_on;
    }
    if (settings_.smtpd_tls_security_level == SmtpdSettings::TlsLevel::none || hidden_.has(smtp::EhloKeyword::starttls)) {
        queue_reply(replies::not_implemented());
        co_return Next::go_on;
    }
    if (!service_->tls) {
        queue_reply(Reply::make(454, "4.7.0 TLS not available due to local problem"));
        co_return Next::go_on;
    }
    if (had_too_many_handshakes()) {
        doors_.events.warn(settings_.label, base::format("Refusing STARTTLS request from {} for service {}", client_text(), settings_.service));
        queue_reply(Reply::make(454, base::format("4.7.0 Error: too many new TLS sessions from {}", client_text())));
        co_return Next::go_on;
    }
    world::Task<bool> saying = say(Reply::make(220, "2.0.0 Ready to start TLS"));
    if (!co_await std::move(saying)) {
        co_return Next::close;
    }
    // Plaintext that was sent ahead of the handshake must not run after it, and what the client said before is forgotten
    // (RFC 3207 §4.2).
    stream_.discard_buffered();
    world::Task<bool> shaking = handshake();
    if (!co_await std::move(shaking)) {
        co_return Next::close;
    }
    reset_transaction();
    helo_name_.clear();
    extended_ = false;
    sasl_username_.clear();
    sasl_method_.clear();
    co_return Next::go_on;
}

bool Session::had_too_many_handshakes() {
    const std::size_t limit = settings_.smtpd_client_new_tls_session_rate_limit;
    return limit > 0 && limits_apply_ && doors_.limits.counted(counted_client(), ClientLimits::Event::new_tls_session, doors_.core.clock.now()) > limit;
}

world::Task<bool> Session::handshake() {
    if (!service_->tls) {
        doors_.events.warn(settings_.label, "TLS is not available, see the messages at start: connection from " + client_text() + " closed");
        co_return false;
    }
    const auto session = co_await stream_.stream().start_tls_server(service_->tls, doors_.core.clock.deadline_in(settings_.smtpd_starttls_timeout));
    if (!session) {
        doors_.events.info(settings_.label, base::format("SSL_accept error from {}: {}", client_text(), session.error().text));
    }
    // One that fails may have cost as much as one that does not.
    const bool is_new = !session || !session->session_reused;
    const bool too_many = is_new && exceeds(settings_.smtpd_client_new_tls_session_rate_limit, ClientLimits::Event::new_tls_session, "New TLS session");
    if (!session) {
        where_ = "STARTTLS";
        lost({base::ErrorKind::closed, "lost connection"});
        co_return false;
    }
    tls_ = *session;
    if (too_many) {
        queue_reply(Reply::make(421, base::format("4.7.0 {} Error: too many new TLS sessions from {}", settings_.myhostname, client_text())));
        co_return false;
    }
    log_handshake();
    if (settings_.requires_certificate() && session->peer != world::TlsSession::Peer::trusted && session->peer != world::TlsSession::Peer::verified) {
        world::Task<void> refusing = refuse_certificate();
        co_await std::move(refusing);
        co_return false;
    }
    co_return true;
}

// Whoever is refused here cannot be told why before the handshake that is to be spared.
world::Task<bool> Session::handshake_at_once() {
    if (had_too_many_handshakes()) {
        doors_.events.warn(settings_.label, base::format("Refusing TLS service request from {} for service {}", client_text(), settings_.service));
        co_return false;
    }
    world::Task<bool> shaking = handshake();
    co_return co_await std::move(shaking);
}

void Session::log_handshake() const {
    if (settings_.smtpd_tls_loglevel < 1) {
        return;
    }
    using Asked = world::TlsSession::Asked;
    if (tls_->asked == Asked::invalid_name) {
        doors_.events.warn(settings_.label, base::format("TLS SNI from {} is invalid: {:.100}", client_text(), base::printable(tls_->asked_name)));
    } else if (tls_->asked == Asked::unknown_name) {
        doors_.events.info(settings_.label, base::format("TLS SNI {} from {} not matched, using default chain", tls_->asked_name, client_text()));
    }
    // As Postfix: who does not have to be trusted is not talked about at level 1.
    if (tls_->peer == world::TlsSession::Peer::untrusted && (settings_.smtpd_tls_loglevel > 1 || settings_.requires_certificate())) {
        const std::string text = tls_->session_reused ? base::format("{}: re-using session with untrusted certificate, look for details earlier in the log", client_text())
                                                      : base::format("certificate verification failed for {}: {}", client_text(), tls_->verification_error);
        doors_.events.info(settings_.label, text);
    }
    if (settings_.smtpd_tls_loglevel > 1 && tls_->peer != world::TlsSession::Peer::no_certificate) {
        doors_.events.info(settings_.label, base::format("{}: subject_CN={}, issuer={}, fingerprint={}, pkey_fingerprint={}", client_text(), base::printable(tls_->peer_common_name),
                                                         base::printable(tls_->peer_issuer), tls_->peer_certificate_fingerprint, tls_->peer_public_key_fingerprint));
    }
    static constexpr std::string_view words[] = {"Anonymous", "Untrusted", "Trusted", "Trusted"};
    const std::string to = tls_->asked == Asked::known_name ? " to " + tls_->asked_name : std::string();
    const std::string text =
        base::format("{} TLS connection established from {}{}: {}", words[static_cast<std::size_t>(tls_->peer)], client_text(), to, world::tls_summary(*tls_));
    doors_.events.on(settings_.label, observe::TlsEstablished{text});
}

// smtpd_tls_req_ccert. There is a session, so the client can be told why it ends; it is told when it expects a reply.
world::Task<void> Session::refuse_certificate() {
    const std::string_view why = tls_->peer == world::TlsSession::Peer::no_certificate ? "No client certificate presented" : "Client certificate not trusted";
    doors_.events.info(settings_.label, base::format("NOQUEUE: abort: TLS from {}: {}", client_text(), why));
    if (!settings_.smtpd_tls_wrappermode) {
        world::Task<std::optional<world::BufferedStream::Line>> reading = next_line();
        const auto line = co_await std::move(reading);
        if (!line) {
            co_return;
        }
    }
    queue_reply(Reply::make(421, base::format("4.7.1 {} Error: {}", settings_.myhostname, why)));
}

}  // namespace posthouse::receive
