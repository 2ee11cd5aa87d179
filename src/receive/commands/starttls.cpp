// STARTTLS (RFC 3207).
#include "base/format.hpp"
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
    if (settings_.smtpd_client_new_tls_session_rate_limit > 0 && limits_apply_ &&
        doors_.limits.counted(counted_client(), ClientLimits::Event::new_tls_session, doors_.core.clock.now()) > settings_.smtpd_client_new_tls_session_rate_limit) {
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
    extended_ = pipelining_announced_ = false;
    sasl_username_.clear();
    sasl_method_.clear();
    co_return Next::go_on;
}

world::Task<bool> Session::handshake() {
    if (!service_->tls) {
        doors_.events.warn(settings_.label, "TLS is not available, see the messages at start: connection from " + client_text() + " closed");
        co_return false;
    }
    const auto session = co_await stream_.stream().start_tls_server(service_->tls, doors_.core.clock.deadline_in(settings_.smtpd_starttls_timeout));
    if (!session) {
        doors_.events.info(settings_.label, base::format("SSL_accept error from {}: {}", client_text(), session.error().text));
        where_ = "STARTTLS";
        lost({base::ErrorKind::closed, "lost connection"});
        co_return false;
    }
    tls_ = *session;
    if (!session->session_reused && exceeds(settings_.smtpd_client_new_tls_session_rate_limit, ClientLimits::Event::new_tls_session, "New TLS session")) {
        queue_reply(Reply::make(421, base::format("4.7.0 {} Error: too many new TLS sessions from {}", settings_.myhostname, client_text())));
        co_return false;
    }
    if (settings_.smtpd_tls_loglevel >= 1) {
        static constexpr std::string_view words[] = {"Anonymous", "Untrusted", "Trusted", "Trusted"};
        const std::string text = base::format("{} TLS connection established from {}: {} with cipher {} ({}/{} bits)", words[static_cast<std::size_t>(session->peer)],
                                              client_text(), session->protocol, session->cipher, session->cipher_bits, session->algorithm_bits);
        doors_.events.on(settings_.label, observe::TlsEstablished{text});
    }
    co_return true;
}

}  // namespace posthouse::receive
