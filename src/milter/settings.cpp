#include "milter/settings.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

namespace posthouse::milter {

namespace {

std::unexpected<base::Error> bad(std::string text) { return base::fail(base::ErrorKind::invalid, std::move(text)); }

std::string_view without_braces(std::string_view text) {
    return text.size() >= 2 && text.starts_with('{') && text.ends_with('}') ? base::trim(text.substr(1, text.size() - 2)) : text;
}

// Sendmail's "port@host" as well as Postfix's "host:port".
base::Result<std::string> host_and_port(std::string_view text, std::string_view whole) {
    std::string out(text);
    if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
        const std::string_view host = text.substr(at + 1);
        const bool bare_v6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
        out = base::format("{}{}{}:{}", bare_v6 ? "[" : "", host, bare_v6 ? "]" : "", text.substr(0, at));
    }
    const std::size_t colon = out.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == out.size()) {
        return bad(base::format("bad milter \"{}\": expected inet:host:port", whole));
    }
    return out;
}

base::Result<void> take_place(Server& server, std::string_view text) {
    for (const std::string_view prefix : {"unix:", "local:"}) {
        if (text.starts_with(prefix) && text.size() > prefix.size()) {
            server.kind = Server::Kind::unix_socket;
            server.place = text.substr(prefix.size());
            return {};
        }
    }
    for (const std::string_view prefix : {"inet:", "inet6:"}) {
        if (text.starts_with(prefix)) {
            auto place = host_and_port(text.substr(prefix.size()), text);
            if (!place) {
                return std::unexpected(std::move(place.error()));
            }
            server.kind = Server::Kind::inet;
            server.place = std::move(*place);
            return {};
        }
    }
    return bad(base::format("bad milter \"{}\": expected inet:host:port or unix:path", text));
}

bool take_setting(Server& server, std::string_view name, std::string_view value) {
    const std::pair<std::string_view, std::chrono::seconds*> times[] = {
        {"connect_timeout", &server.connect_timeout}, {"command_timeout", &server.command_timeout}, {"content_timeout", &server.content_timeout}};
    for (const auto& [known, to] : times) {
        if (const auto time = name == known ? config::parse_time(value) : std::nullopt; time && time->count() > 0) {
            *to = *time;
            return true;
        }
    }
    if (name == "default_action") {
        server.default_action = parse_default_action(value);
        server.default_action_text = value;
        return server.default_action != DefaultAction::unrecognized;
    }
    return false;
}

}  // namespace

DefaultAction parse_default_action(std::string_view text) {
    static constexpr std::pair<std::string_view, DefaultAction> actions[] = {
        {"accept", DefaultAction::accept}, {"reject", DefaultAction::reject}, {"tempfail", DefaultAction::tempfail}, {"quarantine", DefaultAction::quarantine}};
    for (const auto& [word, action] : actions) {
        if (base::iequals(text, word)) {
            return action;
        }
    }
    return DefaultAction::unrecognized;
}

std::optional<Offer> parse_protocol(std::string_view text) {
    std::optional<Offer> out;
    std::uint32_t more = 0;
    for (const std::string_view word : base::split_words(text, ", \t\r\n")) {
        if (word == "2" || word == "3" || word == "4" || word == "6") {
            out = offer_of_version(static_cast<unsigned>(word[0] - '0'));
        } else if (word == "no_header_reply") {
            more |= steps::silent_header;
        } else {
            return std::nullopt;
        }
    }
    if (out) {
        out->steps |= more;
    }
    return out;
}

std::string macro_name(std::string_view name) {
    name = without_braces(name);
    return name.size() == 1 ? std::string(name) : base::format("{{{}}}", name);
}

base::Result<Server> parse_server(std::string_view word, const Server& defaults) {
    Server out = defaults;
    const auto parts = base::split_braced(without_braces(word));
    if (parts.empty()) {
        return bad("a milter without a name");
    }
    out.name = parts.front();
    if (const auto taken = take_place(out, parts.front()); !taken) {
        return std::unexpected(taken.error());
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::string_view setting = without_braces(parts[i]);
        const auto halves = base::split_once(setting, '=');
        if (!halves || !take_setting(out, base::trim(halves->first), base::trim(halves->second))) {
            return bad(base::format("milter {}: unexpected attribute or value \"{}\"", parts.front(), setting));
        }
    }
    return out;
}

base::Result<std::vector<Server>> parse_servers(std::string_view list, const Server& defaults) {
    std::vector<Server> out;
    for (const std::string_view word : base::split_braced(list)) {
        auto server = parse_server(word, defaults);
        if (!server) {
            return std::unexpected(std::move(server.error()));
        }
        out.push_back(std::move(*server));
    }
    return out;
}

Settings Settings::from(const config::View& view, std::string_view program) {
    Settings out;
    out.label = base::format("{}/{}", view.text("syslog_name"), program);
    out.offer = parse_protocol(view.text("milter_protocol")).value_or(offer_of_version(6));
    out.defaults.connect_timeout = view.time("milter_connect_timeout");
    out.defaults.command_timeout = view.time("milter_command_timeout");
    out.defaults.content_timeout = view.time("milter_content_timeout");
    out.defaults.default_action_text = view.text("milter_default_action");
    out.defaults.default_action = parse_default_action(out.defaults.default_action_text);
    static constexpr std::pair<MacroStage, std::string_view> lists[] = {
        {MacroStage::connect, "milter_connect_macros"},         {MacroStage::helo, "milter_helo_macros"},
        {MacroStage::mail, "milter_mail_macros"},               {MacroStage::rcpt, "milter_rcpt_macros"},
        {MacroStage::data, "milter_data_macros"},               {MacroStage::end_of_body, "milter_end_of_data_macros"},
        {MacroStage::end_of_header, "milter_end_of_header_macros"}, {MacroStage::unknown, "milter_unknown_command_macros"}};
    for (const auto& [stage, parameter] : lists) {
        out.macros[static_cast<std::size_t>(stage)] = view.list(parameter);
    }
    out.milter_macro_daemon_name = view.text("milter_macro_daemon_name");
    out.milter_macro_v = view.text("milter_macro_v");
    out.myhostname = view.text("myhostname");
    for (const std::string& word : view.list("milter_macro_defaults")) {
        // "{ {name} = value }" as well as "name=value".
        const std::string_view inner = word.find('=') != std::string::npos ? without_braces(word) : std::string_view(word);
        if (const auto halves = base::split_once(inner, '=')) {
            out.milter_macro_defaults[macro_name(base::trim(halves->first))] = base::trim(halves->second);
        }
    }
    return out;
}

}  // namespace posthouse::milter
