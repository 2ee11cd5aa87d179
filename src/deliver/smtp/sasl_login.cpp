#include "deliver/smtp/sasl_login.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "deliver/smtp/reply_classes.hpp"
#include "tables/address_lookup.hpp"

namespace posthouse::deliver {
namespace {

mail::Outcome cannot_authenticate(const Session& session, std::string_view why) {
    mail::Outcome out = deferred_at(
        session.peer, "4.7.0",
        base::format("SASL authentication failed; cannot authenticate to server {}: {}", session.peer.label(), why));
    out.connection_failed = true;
    return out;
}

mail::Outcome rejected(const Session& session, const smtp::RemoteReply& reply, const SmtpSettings& settings) {
    mail::Outcome out = refused(reply, session.peer, phases::auth);
    out.text =
        base::format("SASL authentication failed; server {} said: {}", session.peer.label(), reply.text_joined());
    out.connection_failed = true;
    return settings.smtp_sasl_auth_soft_bounce ? made_temporary(std::move(out)) : out;
}

}  // namespace

std::optional<sasl::ClientLogin> parse_credentials(std::string_view value, std::string_view delimiter) {
    const std::size_t at = value.find(delimiter);
    if (at == std::string_view::npos || at == 0) {
        return std::nullopt;
    }
    return sasl::ClientLogin{std::string(value.substr(0, at)), std::string(value.substr(at + delimiter.size()))};
}

world::Task<CredentialsLookup> find_credentials(const tables::MapList& smtp_sasl_password_maps, std::string sender,
                                                std::string host, std::string nexthop, const SmtpSettings& settings) {
    tables::Lookup answer;
    if (!sender.empty()) {
        const tables::IsLocalDomain none_is_local;
        const auto match = co_await tables::find_mail_address(smtp_sasl_password_maps, std::move(sender), settings.recipient_delimiter, none_is_local);
        answer = match.lookup;
    }
    for (std::string* key : {&host, &nexthop}) {
        if (answer.is_absent()) {
            answer = co_await smtp_sasl_password_maps.find(std::move(*key));
        }
    }
    CredentialsLookup out;
    if (answer.is_unknown()) {
        out.state = CredentialsLookup::State::unknown;
        out.reason = answer.reason;
    } else if (answer.is_found()) {
        // an entry without a user means: no AUTH there
        if (auto credentials = parse_credentials(answer.value, settings.smtp_sasl_password_result_delimiter)) {
            out.state = CredentialsLookup::State::found;
            out.credentials = std::move(*credentials);
        }
    }
    co_return out;
}

world::Task<std::expected<void, mail::Outcome>> sasl_login(Session& session, sasl::ClientLogin credentials,
                                                           SaslRefusals* refusals, const SmtpSettings& settings, const world::Clock& clock) {
    const auto& options = session.verified  ? settings.smtp_sasl_tls_verified_security_options
                          : session.secured ? settings.smtp_sasl_tls_security_options
                                            : settings.smtp_sasl_security_options;
    const auto usable =
        sasl::filter_mechanisms(session.extensions.auth_mechanisms, settings.smtp_sasl_mechanism_filter);
    const std::string refusals_key = refusals == nullptr ? "" : SaslRefusals::key(session.peer.name, credentials);
    if (refusals != nullptr) {
        if (const auto known = refusals->find(refusals_key, clock.now() - settings.smtp_sasl_auth_cache_time)) {
            co_return std::unexpected(rejected(session, *known, settings));
        }
    }
    if (settings.send_cyrus_sasl_authzid) {
        credentials.authorization_id = credentials.user;
    }
    const auto exchange = sasl::choose_client_mechanism(usable, std::move(credentials), options);
    if (!exchange) {
        co_return std::unexpected(cannot_authenticate(session, exchange.error().text));
    }
    std::string line = "AUTH " + std::string((*exchange)->mechanism());
    if (const auto initial = (*exchange)->take_initial_response()) {
        line += ' ' + *initial;
    }
    std::string shown = line.substr(0, line.find(' ', 5));
    for (;;) {
        const auto reply = co_await session.secret_command(shown, std::move(line), clock.deadline_in(settings.smtp_helo_timeout));
        shown = "...";
        if (!reply) {
            co_return std::unexpected(interrupted(reply.error(), session.peer, phases::auth));
        }
        if (reply->code_class() == 2) {
            session.authenticated = true;
            co_return std::expected<void, mail::Outcome>{};
        }
        if (reply->code_class() != 3) {
            session.note_refusal(*reply);
            if (refusals != nullptr && reply->code == 535) {
                refusals->add(refusals_key, *reply, clock.now());
            }
            co_return std::unexpected(rejected(session, *reply, settings));
        }
        auto answer = (*exchange)->respond(reply->line_text(reply->raw_lines.size() - 1));
        if (!answer) {
            // Nothing but the cancellation of the exchange could follow; the connection is given up instead.
            session.condition = Session::Condition::broken;
            co_return std::unexpected(cannot_authenticate(session, answer.error().text));
        }
        line = std::move(*answer);
    }
}

}  // namespace posthouse::deliver
