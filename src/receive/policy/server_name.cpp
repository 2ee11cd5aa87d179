#include "receive/policy/server_name.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

namespace posthouse::receive {

namespace {

std::unexpected<base::Error> bad(std::string text) { return base::fail(base::ErrorKind::invalid, std::move(text)); }

base::Result<PolicyServerName> parse_name(std::string_view text) {
    using Kind = PolicyServerName::Kind;
    if (text.starts_with("inet:") && text.size() > 5) {
        return PolicyServerName{Kind::inet, std::string(text.substr(5))};
    }
    if (text.starts_with("unix:") && text.size() > 5) {
        return PolicyServerName{Kind::unix_socket, std::string(text.substr(5))};
    }
    return bad(base::format("bad policy server \"{}\": expected inet:host:port or unix:path", text));
}

PolicySettings defaults(const config::View& view) {
    const auto count = [&view](std::string_view name) { return static_cast<std::size_t>(std::max<std::int64_t>(0, view.integer(name))); };
    PolicySettings out;
    out.default_action = view.text("smtpd_policy_service_default_action");
    out.policy_context = view.text("smtpd_policy_service_policy_context");
    out.max_idle = view.time("smtpd_policy_service_max_idle");
    out.max_ttl = view.time("smtpd_policy_service_max_ttl");
    out.retry_delay = view.time("smtpd_policy_service_retry_delay");
    out.timeout = view.time("smtpd_policy_service_timeout");
    out.request_limit = count("smtpd_policy_service_request_limit");
    out.try_limit = count("smtpd_policy_service_try_limit");
    return out;
}

// One "name=value"; false: no such name, or a value that it cannot have.
bool take_attribute(PolicySettings& settings, std::string_view name, std::string_view value) {
    const std::pair<std::string_view, std::chrono::seconds*> times[] = {
        {"max_idle", &settings.max_idle}, {"max_ttl", &settings.max_ttl}, {"retry_delay", &settings.retry_delay}, {"timeout", &settings.timeout}};
    const std::pair<std::string_view, std::size_t*> counts[] = {{"request_limit", &settings.request_limit}, {"try_limit", &settings.try_limit}};
    const std::pair<std::string_view, std::string*> texts[] = {{"default_action", &settings.default_action}, {"policy_context", &settings.policy_context}};
    for (const auto& [known, to] : times) {
        if (const auto time = name == known ? config::parse_time(value) : std::nullopt) {
            *to = *time;
            return true;
        }
    }
    for (const auto& [known, to] : counts) {
        if (const auto number = name == known ? base::parse_number(value) : std::nullopt) {
            *to = *number;
            return true;
        }
    }
    for (const auto& [known, to] : texts) {
        if (name == known) {
            *to = value;
            return true;
        }
    }
    return false;
}

std::string_view without_braces(std::string_view text) {
    return text.size() >= 2 && text.starts_with('{') && text.ends_with('}') ? base::trim(text.substr(1, text.size() - 2)) : text;
}

}  // namespace

base::Result<PolicySettings> parse_policy_server(std::string_view argument, const config::View& view) {
    PolicySettings out = defaults(view);
    const auto words = base::split_braced(without_braces(argument));
    const auto name = parse_name(words.empty() ? std::string_view() : words.front());
    if (!name) {
        return std::unexpected(name.error());
    }
    out.server = *name;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string_view word = without_braces(words[i]);
        const auto setting = base::split_once(word, '=');
        if (!setting || !take_attribute(out, base::trim(setting->first), base::trim(setting->second))) {
            return bad(base::format("policy server {}: unexpected attribute or value \"{}\"", words.front(), word));
        }
    }
    if (out.try_limit == 0 || out.timeout.count() == 0) {
        return bad(base::format("policy server {}: try_limit and timeout must be at least 1", words.front()));
    }
    return out;
}

}  // namespace posthouse::receive
