// Rows of master.cf that nothing names.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

/// Values of all settings, defaults of those that name a transport, and the text of tables that routes come from.
struct Mentions {
    std::vector<std::string> values;
    bool some_cannot_be_read = false;  // a table may name anything

    [[nodiscard]] bool has(std::string_view text) const {
        return std::any_of(values.begin(), values.end(), [&](const std::string& value) { return value.find(text) != std::string::npos; });
    }
    /// As a word, or in front of ":nexthop".
    [[nodiscard]] bool has_transport(std::string_view name) const {
        for (const std::string& value : values) {
            for (const std::string_view word : base::split_words(value, ", \t\r\n{}")) {
                if (word == name || (word.starts_with(name) && word.substr(name.size()).starts_with(':'))) {
                    return true;
                }
            }
        }
        return false;
    }
};

// Tables whose results are routes; an access list's may say FILTER transport:nexthop.
bool gives_routes(std::string_view parameter) {
    return parameter == "transport_maps" || parameter == "sender_dependent_default_transport_maps" || parameter.ends_with("_restrictions") || parameter.ends_with("_checks") ||
           parameter == "mailbox_transport_maps" || parameter == "fallback_transport_maps" || parameter == "address_verify_transport_maps" || parameter == "smtpd_restriction_classes";
}

Mentions gather(const Subject& subject) {
    Mentions out;
    for (const Setting* setting : all_settings(subject.configuration)) {
        out.values.push_back(subject.configuration.main().expanded(setting->value));
        if (!gives_routes(setting->name)) {
            continue;
        }
        for (const NamedTable& table : tables_in(out.values.back())) {
            auto text = source_text(table, subject.files);
            if (!text && (table.type == "regexp" || table.type == "pcre" || table.type == "cidr") && table.name.starts_with('/')) {
                auto read = subject.files.read(table.name);
                text = read ? std::optional(std::move(*read)) : std::nullopt;
            }
            if (text) {
                out.values.push_back(std::move(*text));
            } else {
                out.some_cannot_be_read = true;
            }
        }
    }
    for (const char* parameter : {"default_transport", "relay_transport", "local_transport", "virtual_transport", "error_service_name", "retry_service_name"}) {
        const auto value = subject.configuration.main().value(parameter);
        out.values.push_back(value.value_or(""));
    }
    for (const Service& row : subject.configuration.services()) {
        for (const std::string& word : row.arguments) {
            out.values.push_back(word);
        }
    }
    return out;
}

// Rows that stand in every master.cf, used or not.
bool is_stock(std::string_view name) {
    static constexpr std::array names{"smtp", "relay", "error", "retry", "discard", "local", "virtual", "lmtp", "maildrop", "uucp", "ifmail", "bsmtp", "scalemail-backend", "mailman"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

void transports(const Subject& subject, const Mentions& mentions, Report& report) {
    for (const Service& row : subject.configuration.services()) {
        static constexpr std::array agents{"smtp", "lmtp", "pipe", "virtual", "local", "error", "discard"};
        const bool is_transport = row.type == config::ServiceType::unix_stream && std::find(agents.begin(), agents.end(), row.command) != agents.end();
        if (is_transport && !is_stock(row.name) && !mentions.some_cannot_be_read && !mentions.has_transport(row.name)) {
            report.at(Severity::warning, row, base::format("service \"{}\" is never used: no route names it; write \"{}:\" with a next hop in transport_maps or default_transport, or take the row out", row.name, row.name));
        }
    }
}

void programs(const Subject& subject, const Mentions& mentions, Report& report) {
    for (const Service& row : subject.configuration.services()) {
        if (row.command != "spawn" || row.type == config::ServiceType::inet) {
            continue;
        }
        const std::string folder = row.is_private ? "private/" : "public/";
        if (!mentions.has(folder + row.name)) {
            report.at(Severity::warning, row,
                      base::format("service \"{}\" is never used, its program never runs: nothing names {}{}; for a policy server write \"check_policy_service unix:{}{}\" behind reject_unauth_destination in "
                                   "smtpd_recipient_restrictions",
                                   row.name, folder, row.name, folder, row.name));
        }
    }
}

void passed_sessions(const Subject& subject, Report& report) {
    const auto& rows = subject.configuration.services();
    const bool postscreen = std::any_of(rows.begin(), rows.end(), [](const Service& row) { return row.command == "postscreen"; });
    for (const Service& row : rows) {
        if (row.type == config::ServiceType::pass && row.command == "smtpd" && !postscreen) {
            report.at(Severity::warning, row, base::format("service \"{}\" is never used: it takes clients from postscreen, and there is no row for that; write \"smtp inet n - n - 1 postscreen\" or take the row out", row.name));
        }
    }
    const bool takes = std::any_of(rows.begin(), rows.end(), [](const Service& row) { return row.type == config::ServiceType::pass && row.command == "smtpd"; });
    for (const Service& row : rows) {
        if (row.command == "postscreen" && !takes) {
            report.at(Severity::error, row, base::format("service \"{}\": nobody serves those who pass; write \"smtpd pass - - n - - smtpd\"", row.name));
        }
    }
}

}  // namespace

void services(const Subject& subject, Report& report) {
    const Mentions mentions = gather(subject);
    transports(subject, mentions, report);
    programs(subject, mentions, report);
    passed_sessions(subject, report);
}

}  // namespace posthouse::app::lint
