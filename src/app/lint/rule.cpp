#include "app/lint/rule.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace posthouse::app::lint {

void Report::add(Severity severity, const std::string& file, int line, std::string text) {
    if (said_.emplace(file, line, text).second) {
        findings_.add(severity, file, line, std::move(text));
    }
}

void Report::at(Severity severity, const View& view, std::string_view parameter, const Service& row, std::string text) {
    if (const Setting* setting = view.origin(parameter)) {
        at(severity, *setting, std::move(text));
    } else {
        at(severity, row, std::move(text));
    }
}

void Report::at(Severity severity, const View& view, std::string_view parameter, std::string text) {
    const Setting* setting = view.origin(parameter);
    add(severity, setting != nullptr ? setting->file : std::string(), setting != nullptr ? setting->line : 0, std::move(text));
}

namespace {

std::vector<const Service*> rows(const config::Configuration& configuration, bool (*wanted)(const Service&)) {
    std::vector<const Service*> out;
    for (const Service& service : configuration.services()) {
        if (wanted(service)) {
            out.push_back(&service);
        }
    }
    return out;
}

}  // namespace

std::vector<const Service*> server_rows(const config::Configuration& configuration) {
    return rows(configuration, [](const Service& row) { return row.command == "smtpd" && row.type != config::ServiceType::unix_stream; });
}

std::vector<const Service*> client_rows(const config::Configuration& configuration) {
    return rows(configuration, [](const Service& row) { return (row.command == "smtp" || row.command == "lmtp") && row.type == config::ServiceType::unix_stream; });
}

bool is_loopback_row(const Service& row, const View& view) {
    const auto local = [](std::string_view host) {
        const auto address = base::IpAddress::parse(host);
        return base::iequals(host, "localhost") || base::iequals(host, "loopback-only") || (address && address->is_loopback());
    };
    const auto address = config::parse_inet_service(row.name);
    if (address && !address->host.empty()) {
        return local(address->host);
    }
    const auto interfaces = view.list("inet_interfaces");
    return !interfaces.empty() && std::all_of(interfaces.begin(), interfaces.end(), local);
}

bool offers_auth(const View& view) { return view.boolean("smtpd_sasl_auth_enable"); }

bool requires_tls(const View& view) {
    const std::string level = view.text("smtpd_tls_security_level");
    const bool by_level = !level.empty() && level != "none" && level != "may";
    return by_level || (level.empty() && view.boolean("smtpd_enforce_tls")) || view.boolean("smtpd_tls_wrappermode");
}

bool offers_tls(const View& view) {
    const std::string level = view.text("smtpd_tls_security_level");
    return requires_tls(view) || level == "may" || (level.empty() && view.boolean("smtpd_use_tls"));
}

std::vector<const Setting*> all_settings(const config::Configuration& configuration) {
    std::vector<const Setting*> out;
    for (const auto& [name, setting] : configuration.main_cf().settings()) {
        out.push_back(&setting);
    }
    for (const Service& service : configuration.services()) {
        for (const Setting& setting : service.overrides) {
            out.push_back(&setting);
        }
    }
    return out;
}

std::vector<NamedTable> tables_in(std::string_view value) {
    static constexpr std::array known{"hash",   "btree", "lmdb",     "cdb",   "dbm",  "sdbm",      "texthash", "regexp", "pcre",  "cidr",     "mysql",  "pgsql",
                                      "sqlite", "ldap",  "memcache", "inline", "tcp", "socketmap", "static",   "unix",   "nis",   "unionmap", "pipemap", "randmap"};
    std::vector<NamedTable> out;
    for (std::string_view word : base::split_words(value, ", \t\r\n{}")) {
        while (word.starts_with("proxy:")) {
            word.remove_prefix(6);
        }
        const auto split = base::split_once(word, ':');
        if (split && std::find(known.begin(), known.end(), split->first) != known.end()) {
            out.push_back({std::string(split->first), std::string(split->second)});
        }
    }
    return out;
}

std::optional<std::string> source_text(const NamedTable& table, world::Files& files) {
    static constexpr std::array with_source{"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash"};
    if (std::find(with_source.begin(), with_source.end(), table.type) == with_source.end() || !table.name.starts_with('/')) {
        return std::nullopt;
    }
    constexpr std::uint64_t size_max = 4U << 20U;  // ours: a look at a configuration is no time to read a data set
    const auto info = files.info(table.name);
    if (!info || info->is_directory || info->size > size_max) {
        return std::nullopt;
    }
    auto text = files.read(table.name);
    return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace posthouse::app::lint
