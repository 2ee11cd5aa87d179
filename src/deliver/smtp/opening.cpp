#include "deliver/smtp/opening.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "deliver/smtp/reply_classes.hpp"

namespace posthouse::deliver {

std::unexpected<OpeningFailure> Opening::give_up(mail::Outcome outcome) const {
    outcome.connection_failed = true;
    return std::unexpected(OpeningFailure{std::move(outcome), false});
}

std::unexpected<OpeningFailure> Opening::give_up(std::string status, std::string text) const {
    return give_up(deferred_at(session_.peer, std::move(status), std::move(text)));
}

// With TLS 1.3 a server judges our part of the handshake when it is over for us: its alert, or the end of the connection,
// comes in place of the reply to the next command.
std::unexpected<OpeningFailure> Opening::no_reply(const base::Error& error, const Phase& phase) const {
    auto failure = give_up(interrupted(error, session_.peer, phase));
    failure.error().tls_failed = session_.secured && is_lost(error);
    return failure;
}

world::Task<Opening::Step> Opening::run() {
    if (settings_.smtp_tls_wrappermode) {
        Step wrapped = co_await handshake();
        if (!wrapped) {
            co_return wrapped;
        }
    }
    Step step = co_await greet();
    if (step) {
        step = co_await hello();
    }
    if (step) {
        step = co_await secure();
    }
    if (step) {
        step = co_await log_in();
    }
    co_return step;
}

world::Task<Opening::Step> Opening::greet() {
    const auto reply = co_await session_.read_reply(clock_.deadline_in(settings_.smtp_helo_timeout));
    if (!reply) {
        co_return no_reply(reply.error(), phases::greeting);
    }
    if (reply->code_class() == 2) {
        const std::string text = reply->text_joined();
        const auto words = base::split_words(text);
        says_esmtp_ = std::any_of(words.begin(), words.end(), [](std::string_view word) { return base::iequals(word, "ESMTP"); });
        co_return Step{};
    }
    session_.note_refusal(*reply);
    mail::Outcome outcome = refused_to_talk(*reply, session_.peer);
    co_return give_up(settings_.smtp_skip_5xx_greeting ? made_temporary(std::move(outcome)) : std::move(outcome));
}

world::Task<Opening::Step> Opening::hello() {
    session_.extensions = {};
    if (settings_.smtp_never_send_ehlo || !(settings_.smtp_always_send_ehlo || says_esmtp_)) {
        co_return co_await helo();
    }
    const auto reply =
        co_await session_.command("EHLO " + settings_.smtp_helo_name, clock_.deadline_in(settings_.smtp_helo_timeout));
    if (!reply) {
        co_return no_reply(reply.error(), phases::ehlo);
    }
    if (reply->code_class() == 2) {
        session_.extensions = smtp::parse_extensions(*reply, plan_.discard);
        if (plan_.discard.bits != 0 && !plan_.discard.has(smtp::EhloKeyword::silent_discard)) {
            events_.info(settings_.speaker, "discarding EHLO keywords: " + smtp::ehlo_keywords_text(plan_.discard));
        }
        co_return is_somebody_else(*reply);
    }
    if (reply->code == 421) {
        co_return give_up(refused_to_talk(*reply, session_.peer));
    }
    co_return co_await helo();
}

world::Task<Opening::Step> Opening::helo() {
    const auto reply =
        co_await session_.command("HELO " + settings_.smtp_helo_name, clock_.deadline_in(settings_.smtp_helo_timeout));
    if (!reply) {
        co_return no_reply(reply.error(), phases::helo);
    }
    if (reply->code_class() != 2) {
        session_.note_refusal(*reply);
        co_return give_up(refused_to_talk(*reply, session_.peer));
    }
    co_return is_somebody_else(*reply);
}

// A host that DNS does not show to be ours, behind a translated address for example. On another port than 25 it is a content
// filter or another service of ours. Should a better host exist, it may be reachable later.
Opening::Step Opening::is_somebody_else(const smtp::RemoteReply& reply) const {
    const std::string_view text = reply.line_text(0);
    const std::string_view name = text.substr(0, text.find_first_of(" \t"));
    if (plan_.nexthop.port != 25 || name.empty() || !base::iequals(name, settings_.myhostname)) {
        return {};
    }
    events_.warn(settings_.speaker, base::format("host {} replied to HELO/EHLO with my own hostname {}", session_.peer.relay(), settings_.myhostname));
    mail::Outcome outcome = deferred_at(session_.peer, "4.4.6", base::format("mail for {} loops back to myself", plan_.nexthop.text));
    if (plan_.is_best_mx) {
        outcome.kind = mail::Outcome::Kind::bounced;
        outcome.status = "5.4.6";
    }
    return give_up(std::move(outcome));
}

world::Task<Opening::Step> Opening::secure() {
    if (session_.secured) {
        co_return Step{};
    }
    const bool mandatory = is_mandatory(plan_.policy.level);
    if (!session_.extensions.starttls) {
        if (mandatory) {
            co_return give_up("4.7.4",
                              base::format("TLS is required, but was not offered by host {}", session_.peer.label()));
        }
        co_return Step{};
    }
    if (plan_.policy.level == TlsLevel::none) {
        if (settings_.smtp_tls_note_starttls_offer) {
            events_.info(settings_.speaker, base::format("Host offered STARTTLS: [{}]", session_.peer.name));
        }
        co_return Step{};
    }
    if (plan_.tls_context == nullptr) {
        if (mandatory) {
            co_return give_up("4.7.5", "TLS is required, but our TLS engine is unavailable");
        }
        co_return Step{};
    }
    co_return co_await ask_for_tls();
}

world::Task<Opening::Step> Opening::ask_for_tls() {
    const auto reply = co_await session_.command("STARTTLS", clock_.deadline_in(settings_.smtp_starttls_timeout));
    if (!reply) {
        co_return no_reply(reply.error(), phases::starttls);
    }
    if (reply->code_class() != 2) {
        if (!is_mandatory(plan_.policy.level)) {
            co_return Step{};  // opportunistic: the session goes on as it is
        }
        session_.note_refusal(*reply);
        mail::Outcome outcome = refused(*reply, session_.peer, phases::starttls);
        outcome.text = base::format("TLS is required, but host {} refused to start TLS: {}", session_.peer.label(),
                                    reply->text_joined());
        co_return give_up(made_temporary(std::move(outcome)));
    }
    // What follows the reply in plain text was put there by somebody else.
    session_.io.discard_buffered();
    Step done = co_await handshake();
    if (!done) {
        co_return done;
    }
    co_return co_await hello();
}

world::Task<Opening::Step> Opening::handshake() {
    if (plan_.tls_context == nullptr) {
        co_return give_up("4.7.5", "TLS is required, but our TLS engine is unavailable");
    }
    world::TlsClientRequest request;
    request.context = plan_.tls_context;
    request.server_name = plan_.policy.servername == "hostname"  ? session_.peer.name
                          : plan_.policy.servername == "nexthop" ? plan_.nexthop.host
                                                                 : plan_.policy.servername;
    if (needs_verification(plan_.policy.level)) {
        request.verification = world::PeerVerification::certificate_and_name;
        request.wildcard_labels = settings_.tls.tls_wildcard_matches_multiple_labels ? world::TlsClientRequest::WildcardLabels::any
                                                                                     : world::TlsClientRequest::WildcardLabels::one;
        request.match_names = names_to_match(plan_.policy, plan_.nexthop, session_.peer.name);
    }
    request.session_key =
        base::format("{} {} {}", session_.peer.relay(), static_cast<int>(plan_.policy.level), plan_.nexthop.text);
    const auto tls = co_await session_.io.stream().start_tls_client(
        std::move(request), clock_.deadline_in(settings_.smtp_starttls_timeout));
    if (!tls) {
        session_.condition = Session::Condition::broken;
        events_.info(settings_.speaker,
                     base::format("SSL_connect error to {}: {}", session_.peer.relay(), tls.error().text));
        auto failure = give_up("4.7.5", "Cannot start TLS: handshake failure");
        failure.error().tls_failed = true;
        co_return failure;
    }
    session_.secured = true;
    world::TlsSession facts = *tls;
    if (plan_.policy.level == TlsLevel::fingerprint && has_expected_fingerprint(plan_.policy, facts)) {
        facts.peer = world::TlsSession::Peer::verified;
    }
    session_.verified = facts.peer == world::TlsSession::Peer::verified;
    if (settings_.smtp_tls_loglevel >= 1) {
        events_.on(settings_.speaker, observe::TlsEstablished{established_text(facts, session_.peer.relay())});
    }
    co_return check_certificate(facts);
}

Opening::Step Opening::check_certificate(const world::TlsSession& tls) const {
    if (!needs_verification(plan_.policy.level) && plan_.policy.level != TlsLevel::fingerprint) {
        return {};
    }
    if (tls.peer == world::TlsSession::Peer::verified) {
        return {};
    }
    const bool untrusted = plan_.policy.level != TlsLevel::fingerprint && tls.peer != world::TlsSession::Peer::trusted;
    return give_up("4.7.5", untrusted ? "Server certificate not trusted" : "Server certificate not verified");
}

world::Task<Opening::Step> Opening::log_in() {
    if (!plan_.credentials || !session_.extensions.auth) {
        co_return Step{};
    }
    auto done = co_await sasl_login(session_, *plan_.credentials, plan_.sasl_refusals, settings_, clock_);
    if (!done) {
        co_return give_up(std::move(done.error()));
    }
    co_return Step{};
}

}  // namespace posthouse::deliver
