// NextHop: TLS and logins.
#include "base/text.hpp"
#include "sim/peers/next_hop.hpp"

namespace posthouse::sim {

using world::Task;

namespace {
constexpr Duration client_timeout = std::chrono::minutes(10);
}  // namespace

Task<void> NextHop::log_in(Session& session, std::string line) {
    const std::string expected = "AUTH PLAIN " + base::base64_encode(std::string(1, '\0') + rules_.user + std::string(1, '\0') + rules_.password);
    if (settings_.name != rules_.login_at || line != expected) {
        ledger_.complain(settings_.name + ": a login that is none of its own: " + line);
    }
    if (chance(settings_.login_refused_per_mille)) {
        injected("next hop: refuses the login");
        co_await reply(session, chance(500) ? "454 4.7.0 Temporary authentication failure" : "535 5.7.8 Authentication failed");
        co_return;
    }
    co_await reply(session, "235 2.7.0 Welcome");
    session.logged_in = true;  // whoever cannot read that leaves
}

Task<void> NextHop::start_tls(Session& session) {
    if (chance(settings_.temper.starttls_refused_per_mille)) {
        injected("tls: STARTTLS refused");
        co_await reply(session, "454 4.7.0 TLS not available");
        co_return;
    }
    if (chance(settings_.temper.starttls_garbage_per_mille)) {
        injected("tls: no handshake after STARTTLS");
        co_await reply(session, "220 2.0.0 Ready\r\n250 2.0.0 what was that?");
        co_return;
    }
    co_await reply(session, "220 2.0.0 Ready");
    const auto tls = co_await session.stream.stream().start_tls_server(settings_.tls, host_.clock.deadline_in(client_timeout));
    session.over = !tls;
    if (tls) {
        ++tls_sessions_;
        session.encrypted = true;
        if (session.stream.discard_buffered() > 0) {
            ledger_.complain(settings_.name + ": plain text after STARTTLS");
        }
    }
}

}  // namespace posthouse::sim
