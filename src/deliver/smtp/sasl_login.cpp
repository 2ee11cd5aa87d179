#include "deliver/smtp/sasl_login.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "deliver/smtp/reply_classes.hpp"
#include "smtp/address.hpp"

namespace posthouse::deliver {
namespace {

bool passes_filter(std::string_view mechanism, const std::vector<std::string>& filter) {
    if (filter.empty()) {
        return true;
    }
    for (std::string_view word : filter) {
        const bool negated = word.starts_with('!');
        word.remove_prefix(negated ? 1 : 0);
        if (base::iequals(word, mechanism) || base::iequals(word, "static:all")) {
            return !negated;
        }
    }
    return false;
}

mail::Outcome cannot_authenticate(const Session& session, std::string_view why) {
    mail::Outcome out = deferred_at(session.peer, "4.7.0",
                                    base::format("SASL authentication failed; cannot authenticate to server {}: {}", session.peer.label(), why));
    out.connection_failed = true;
    return out;
}

mail::Outcome rejected(const Session& session, const smtp::RemoteReply& reply, const SmtpSettings& settings) {
    mail::Outcome out = refused(reply, session.peer, phases::auth);
    out.text = base::format("SASL authentication failed; server {} said: {}", session.peer.label(), reply.text_joined());
    out.connection_failed = true;
    return settings.smtp_sasl_auth_soft_bounce ? made_temporary(std::move(out)) : out;
}

// What each mechanism says after AUTH, challenge by challenge; the first of PLAIN goes along with the command.
std::vector<std::string> answers_of(SaslMechanism mechanism, const Credentials& credentials) {
    if (mechanism == SaslMechanism::login) {
        return {base::base64_encode(credentials.username), base::base64_encode(credentials.password)};
    }
    return {};
}

std::string first_line(SaslMechanism mechanism, const Credentials& credentials) {
    if (mechanism == SaslMechanism::login) {
        return "AUTH LOGIN";
    }
    using namespace std::string_literals;
    return "AUTH PLAIN " + base::base64_encode("\0"s + credentials.username + "\0"s + credentials.password);
}

}  // namespace

std::optional<Credentials> Credentials::parse(std::string_view value) {
    const auto parts = base::split_once(value, ':');
    if (!parts || parts->first.empty()) {
        return std::nullopt;
    }
    return Credentials{std::string(parts->first), std::string(parts->second)};
}

world::Task<CredentialsLookup> find_credentials(const tables::MapList& smtp_sasl_password_maps, std::string sender, std::string host,
                                                std::string nexthop) {
    std::vector<std::string> keys;
    if (!sender.empty()) {
        keys.push_back(sender);
        keys.push_back('@' + std::string(smtp::domain(sender)));
    }
    keys.push_back(std::move(host));
    keys.push_back(std::move(nexthop));
    CredentialsLookup out;
    for (auto& key : keys) {
        const tables::Lookup answer = co_await smtp_sasl_password_maps.find(std::move(key));
        if (answer.is_absent()) {
            continue;
        }
        if (answer.is_unknown()) {
            out.state = CredentialsLookup::State::unknown;
            out.reason = answer.reason;
        } else if (auto credentials = Credentials::parse(answer.value)) {
            out.state = CredentialsLookup::State::found;
            out.credentials = std::move(*credentials);
        }
        co_return out;  // an entry without a user means: no AUTH there
    }
    co_return out;
}

std::optional<SaslMechanism> choose_mechanism(const std::vector<std::string>& offered, const SaslSecurityOptions& options,
                                              const std::vector<std::string>& smtp_sasl_mechanism_filter) {
    const auto usable = [&](std::string_view name) {
        return std::find(offered.begin(), offered.end(), name) != offered.end() && passes_filter(name, smtp_sasl_mechanism_filter);
    };
    if (options.noplaintext) {
        return std::nullopt;  // both mechanisms below send the password as it is
    }
    if (usable("PLAIN")) {
        return SaslMechanism::plain;
    }
    return usable("LOGIN") ? std::optional(SaslMechanism::login) : std::nullopt;
}

world::Task<std::expected<void, mail::Outcome>> sasl_login(Session& session, Credentials credentials, const SmtpSettings& settings,
                                                           const world::Clock& clock) {
    const auto& options = session.secured ? settings.smtp_sasl_tls_security_options : settings.smtp_sasl_security_options;
    const auto mechanism = choose_mechanism(session.extensions.auth_mechanisms, options, settings.smtp_sasl_mechanism_filter);
    if (!mechanism) {
        co_return std::unexpected(cannot_authenticate(session, "no mechanism available"));
    }
    const auto answers = answers_of(*mechanism, credentials);
    std::string line = first_line(*mechanism, credentials);
    for (std::size_t step = 0;; ++step) {
        const auto reply = co_await session.command(std::move(line), clock.deadline_in(settings.smtp_helo_timeout));
        if (!reply) {
            co_return std::unexpected(interrupted(reply.error(), session.peer, phases::auth));
        }
        if (reply->code_class() == 2) {
            co_return std::expected<void, mail::Outcome>{};
        }
        if (reply->code_class() != 3) {
            co_return std::unexpected(rejected(session, *reply, settings));
        }
        // A challenge too many: "*" ends the exchange, and its refusal is the answer.
        line = step < answers.size() ? answers[step] : "*";
        if (step > answers.size()) {
            co_return std::unexpected(cannot_authenticate(session, "bad protocol / cancel"));
        }
    }
}

}  // namespace posthouse::deliver
