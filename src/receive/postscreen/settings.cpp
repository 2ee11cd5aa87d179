#include "receive/postscreen/settings.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

namespace posthouse::receive::postscreen {

namespace {

using Problem = std::function<void(std::string)>;

Action action(const config::View& view, std::string_view name, const Problem& problem) {
    static constexpr std::pair<std::string_view, Action> words[] = {
        {"ignore", Action::ignore}, {"continue", Action::ignore}, {"enforce", Action::enforce}, {"drop", Action::drop}};
    const std::string value = view.text(name);
    for (const auto& [word, known] : words) {
        if (base::iequals(value, word)) {
            return known;
        }
    }
    problem(base::format("{} = {}: no such action, use ignore, enforce or drop; ignore is in force", name, value));
    return Action::ignore;
}

std::size_t at_least(const config::View& view, std::string_view name, std::int64_t least, const Problem& problem) {
    const std::int64_t value = view.integer(name);
    if (value < least) {
        problem(base::format("{} = {}: must be at least {}, which is in force", name, value, least));
    }
    return static_cast<std::size_t>(std::max(value, least));
}

std::chrono::seconds positive(const config::View& view, std::string_view name) { return std::max(view.time(name), std::chrono::seconds{1}); }

ScreenSettings::TlsLevel tls_level(const config::View& view, const Problem& problem) {
    using Level = ScreenSettings::TlsLevel;
    const std::string level = view.text("postscreen_tls_security_level");
    if (level.empty()) {
        return view.boolean("postscreen_enforce_tls") ? Level::encrypt : view.boolean("postscreen_use_tls") ? Level::may : Level::none;
    }
    if (base::iequals(level, "none") || base::iequals(level, "may")) {
        return base::iequals(level, "may") ? Level::may : Level::none;
    }
    if (!base::iequals(level, "encrypt")) {
        problem(base::format("postscreen_tls_security_level = {}: not a level of a server; encrypt is in force", level));
    }
    return Level::encrypt;
}

// "$smtpd_reject_footer" stands for that parameter, whose own macros are for the reply.
std::string raw_value(const config::View& view, std::string_view name) {
    const std::string value = view.text(name);
    return value.starts_with('$') ? view.value(value.substr(1)).value_or(value) : value;
}

// By its older name if that is all there is, with a unit or without: the default of the new one would take "3h" for "3hh".
std::chrono::seconds dnsbl_max_ttl(const config::View& view) {
    const std::string old = view.value("postscreen_dnsbl_ttl").value_or("");
    if (old.empty() || view.is_set("postscreen_dnsbl_max_ttl")) {
        return positive(view, "postscreen_dnsbl_max_ttl");
    }
    const auto parsed = config::parse_time(old, config::Unit::h);
    return parsed && parsed->count() > 0 ? *parsed : std::chrono::hours{1};
}

void read_times(ScreenSettings& out, const config::View& view, const config::View& stressed) {
    out.postscreen_greet_wait = {positive(view, "postscreen_greet_wait"), positive(stressed, "postscreen_greet_wait")};
    out.postscreen_command_time_limit = {positive(view, "postscreen_command_time_limit"), positive(stressed, "postscreen_command_time_limit")};
    out.postscreen_greet_ttl = positive(view, "postscreen_greet_ttl");
    out.postscreen_pipelining_ttl = positive(view, "postscreen_pipelining_ttl");
    out.postscreen_non_smtp_command_ttl = positive(view, "postscreen_non_smtp_command_ttl");
    out.postscreen_bare_newline_ttl = positive(view, "postscreen_bare_newline_ttl");
    out.postscreen_dnsbl_min_ttl = positive(view, "postscreen_dnsbl_min_ttl");
    out.postscreen_dnsbl_max_ttl = dnsbl_max_ttl(view);
    out.postscreen_dnsbl_timeout = positive(view, "postscreen_dnsbl_timeout");
    out.dnsblog_reply_delay = view.time("dnsblog_reply_delay");
    out.postscreen_cache_retention_time = view.time("postscreen_cache_retention_time");
    out.postscreen_cache_cleanup_interval = view.time("postscreen_cache_cleanup_interval");
}

void read_limits(ScreenSettings& out, const config::View& view, const Problem& problem) {
    out.postscreen_client_connection_count_limit = at_least(view, "postscreen_client_connection_count_limit", 0, problem);
    out.postscreen_pre_queue_limit = at_least(view, "postscreen_pre_queue_limit", 10, problem);
    out.postscreen_post_queue_limit = at_least(view, "postscreen_post_queue_limit", 5, problem);
    out.postscreen_command_count_limit = at_least(view, "postscreen_command_count_limit", 1, problem);
    out.postscreen_dnsbl_threshold = static_cast<int>(at_least(view, "postscreen_dnsbl_threshold", 1, problem));
    out.postscreen_dnsbl_allowlist_threshold = static_cast<int>(std::max<std::int64_t>(view.integer("postscreen_dnsbl_allowlist_threshold"), -1'000'000'000));
    out.line_length_limit = at_least(view, "line_length_limit", 512, problem);
    out.message_size_limit = view.size("message_size_limit");
}

}  // namespace

ScreenSettings ScreenSettings::from(const config::View& view, const config::View& stressed, const Problem& problem) {
    ScreenSettings out;
    const std::string name = view.text("syslog_name");
    out.label = name + "/postscreen";
    out.dnsblog_label = name + "/dnsblog";
    out.tls_label = name + "/tlsproxy";
    out.myhostname = view.text("myhostname");
    out.smtpd_banner = view.text("smtpd_banner");
    out.postscreen_greet_banner = view.text("postscreen_greet_banner");
    read_times(out, view, stressed);
    read_limits(out, view, problem);
    out.postscreen_denylist_action = action(view, "postscreen_denylist_action", problem);
    out.postscreen_greet_action = action(view, "postscreen_greet_action", problem);
    out.postscreen_dnsbl_action = action(view, "postscreen_dnsbl_action", problem);
    out.postscreen_pipelining_action = action(view, "postscreen_pipelining_action", problem);
    out.postscreen_non_smtp_command_action = action(view, "postscreen_non_smtp_command_action", problem);
    out.postscreen_bare_newline_action = action(view, "postscreen_bare_newline_action", problem);
    const std::pair<Test, bool> tests[] = {{Test::pregreet, !out.postscreen_greet_banner.empty()},
                                           {Test::dnsbl, !view.list("postscreen_dnsbl_sites").empty()},
                                           {Test::pipelining, view.boolean("postscreen_pipelining_enable")},
                                           {Test::non_smtp_command, view.boolean("postscreen_non_smtp_command_enable")},
                                           {Test::bare_newline, view.boolean("postscreen_bare_newline_enable")}};
    for (const auto& [test, is_enabled] : tests) {
        if (is_enabled) {
            out.enabled.add(test);
        }
    }
    out.postscreen_upstream_proxy_protocol = view.text("postscreen_upstream_proxy_protocol");
    if (!out.postscreen_upstream_proxy_protocol.empty() && out.postscreen_upstream_proxy_protocol != "haproxy") {
        problem(base::format("postscreen_upstream_proxy_protocol = {}: no such protocol, there is haproxy, which is in force", out.postscreen_upstream_proxy_protocol));
    }
    out.postscreen_upstream_proxy_timeout = positive(view, "postscreen_upstream_proxy_timeout");
    out.postscreen_cache_map = view.text("postscreen_cache_map");
    out.postscreen_helo_required = view.boolean("postscreen_helo_required");
    out.postscreen_disable_vrfy_command = view.boolean("postscreen_disable_vrfy_command");
    out.disable_vrfy_command = view.boolean("disable_vrfy_command");
    out.smtputf8_enable = view.boolean("smtputf8_enable");
    out.soft_bounce = view.boolean("soft_bounce");
    out.respectful_logging = view.boolean("respectful_logging");
    const auto keywords = smtp::parse_ehlo_keywords(view.text("postscreen_discard_ehlo_keywords"));
    if (!keywords) {
        problem(base::format("postscreen_discard_ehlo_keywords: \"{}\" is no keyword; all are offered", keywords.error()));
    }
    out.postscreen_discard_ehlo_keywords = keywords.value_or(smtp::EhloKeywords{});
    out.postscreen_reject_footer = raw_value(view, "postscreen_reject_footer");
    out.postscreen_expansion_filter = ExpansionFilter(raw_value(view, "postscreen_expansion_filter"));
    out.postscreen_tls_security_level = tls_level(view, problem);
    out.smtpd_tls_loglevel = static_cast<int>(view.integer("smtpd_tls_loglevel"));
    return out;
}

std::chrono::seconds ScreenSettings::ttl_of(Test deep_test) const {
    switch (deep_test) {
        case Test::pregreet: return postscreen_greet_ttl;
        case Test::dnsbl: return postscreen_dnsbl_min_ttl;
        case Test::pipelining: return postscreen_pipelining_ttl;
        case Test::non_smtp_command: return postscreen_non_smtp_command_ttl;
        case Test::bare_newline: break;
    }
    return postscreen_bare_newline_ttl;
}

Action ScreenSettings::action_of(Test test) const {
    switch (test) {
        case Test::pregreet: return postscreen_greet_action;
        case Test::dnsbl: return postscreen_dnsbl_action;
        case Test::pipelining: return postscreen_pipelining_action;
        case Test::non_smtp_command: return postscreen_non_smtp_command_action;
        case Test::bare_newline: break;
    }
    return postscreen_bare_newline_action;
}

std::chrono::seconds ScreenSettings::shortest_ttl() const {
    return std::min({postscreen_greet_ttl, postscreen_dnsbl_min_ttl, postscreen_pipelining_ttl, postscreen_non_smtp_command_ttl, postscreen_bare_newline_ttl});
}

}  // namespace posthouse::receive::postscreen
