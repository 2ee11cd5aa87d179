#pragma once
// From a fresh connection to a session that takes mail: greeting, EHLO, STARTTLS, AUTH.
#include <expected>

#include "deliver/smtp/reply_classes.hpp"
#include "deliver/smtp/sasl_login.hpp"
#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "deliver/smtp/tls_policy.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"

namespace posthouse::deliver {

/// What was decided about a session before it is opened.
struct OpeningPlan {
    TlsPolicy policy;
    std::shared_ptr<const world::TlsClientContext> tls_context;  // null: TLS cannot be used
    Nexthop nexthop;
    std::optional<sasl::ClientLogin> credentials;
    SaslRefusals* sasl_refusals = nullptr;  // null: refused logins are not remembered
    smtp::EhloKeywords discard;             // what the server offers in vain
    bool is_best_mx = false;                // no other host is better for the destination
};

struct OpeningFailure {
    mail::Outcome outcome;
    bool tls_failed = false;  // the handshake, or the connection with the first command in TLS
};

/// One opening at a time per object; keeps references to what it is given.
class Opening {
public:
    Opening(Session& session, const OpeningPlan& plan, const SmtpSettings& settings, const world::Clock& clock,
            observe::EventSink& events)
        : session_(session), plan_(plan), settings_(settings), clock_(clock), events_(events) {}

    using Step = std::expected<void, OpeningFailure>;
    [[nodiscard]] world::Task<Step> run();

private:
    world::Task<Step> greet();
    world::Task<Step> hello();
    world::Task<Step> helo();
    /// Who answers with our own name is us: what we would give him comes back.
    [[nodiscard]] Step is_somebody_else(const smtp::RemoteReply& reply) const;
    world::Task<Step> secure();
    world::Task<Step> ask_for_tls();
    world::Task<Step> handshake();
    world::Task<Step> log_in();
    [[nodiscard]] Step check_certificate(const world::TlsSession& tls) const;
    [[nodiscard]] std::unexpected<OpeningFailure> give_up(mail::Outcome outcome) const;
    [[nodiscard]] std::unexpected<OpeningFailure> give_up(std::string status, std::string text) const;
    [[nodiscard]] std::unexpected<OpeningFailure> no_reply(const base::Error& error, const Phase& phase) const;

    Session& session_;
    const OpeningPlan& plan_;
    const SmtpSettings& settings_;
    const world::Clock& clock_;
    observe::EventSink& events_;
    bool says_esmtp_ = false;  // the greeting (smtp_always_send_ehlo)
};

}  // namespace posthouse::deliver
