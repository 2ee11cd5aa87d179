// Domains in two lists, recipients that nobody checks, routes that catch more than they should.
#include <algorithm>
#include <array>
#include <map>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

bool is_plain_domain(std::string_view word) { return !word.empty() && word.front() != '/' && word.front() != '!' && word.front() != '.' && word.find(':') == std::string_view::npos; }

// trivial-rewrite(8) warns when it meets one; by then mail went the wrong way.
void in_two_lists(const View& view, Report& report) {
    static constexpr std::array lists{"mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains"};
    std::map<std::string, std::string> seen;
    for (const char* list : lists) {
        if (view.origin(list) == nullptr) {
            continue;
        }
        for (const std::string& word : view.list(list)) {
            const std::string domain = base::lower(word);
            const auto [entry, is_new] = is_plain_domain(domain) ? seen.emplace(domain, list) : std::pair(seen.end(), true);
            const bool both_relay_and_local = !is_new && entry->second == "mydestination" && std::string_view(list) == "relay_domains";
            if (!is_new && entry->second != list && !both_relay_and_local) {
                report.at(Severity::warning, view, list, base::format("{} is in both {} and {}; the first is in force: take it out of one", domain, entry->second, list));
            }
        }
    }
}

void open_brackets(const View& view, Report& report) {
    for (const std::string& hop : view.list("relayhost")) {
        if (view.origin("relayhost") != nullptr && hop.starts_with('[') && hop.find(']') == std::string::npos) {
            report.at(Severity::error, view, "relayhost", base::format("relayhost: {} is not closed with ]: no host has this name, and all mail would wait", hop));
        }
    }
}

void unchecked_recipients(const View& view, Report& report) {
    const Setting* maps = view.origin("local_recipient_maps");
    if (maps != nullptr && view.text("local_recipient_maps").empty() && !view.list("mydestination").empty()) {
        report.at(Severity::warning, *maps,
                  "local_recipient_maps is empty: mail for users that do not exist is taken and bounced later, mostly to forged senders; take the line out, or name the tables of users");
    }
}

struct Route {
    std::string_view key, value;
};

// Keys and values of a table's source; good enough to find "*".
std::vector<Route> routes_of(std::string_view text) {
    std::vector<Route> out;
    for (const std::string_view line : base::split_fields(text, '\n')) {
        const std::string_view trimmed = base::trim(line);
        if (trimmed.empty() || trimmed.front() == '#' || base::is_space(line.front())) {
            continue;
        }
        const std::size_t blank = trimmed.find_first_of(" \t");
        out.push_back({trimmed.substr(0, blank), blank == std::string_view::npos ? std::string_view() : base::trim(trimmed.substr(blank))});
    }
    return out;
}

void catch_all(const Subject& subject, const Setting& setting, Report& report) {
    const View view = subject.configuration.main();
    const bool has_mail_of_its_own = !view.list("mydestination").empty() || !view.list("virtual_mailbox_domains").empty();
    for (const NamedTable& table : tables_in(view.expanded(setting.value))) {
        const auto text = source_text(table, subject.files);
        for (const Route& route : text ? routes_of(*text) : std::vector<Route>()) {
            if (route.key != "*") {
                continue;
            }
            const auto parts = base::split_once(route.value, ':');
            const std::string transport(parts ? parts->first : route.value);
            const bool no_nexthop = !parts || parts->second.empty();
            const Service* row = subject.configuration.transport(transport.empty() ? view.text("default_transport") : transport);
            const bool is_smtp = row != nullptr && row->command == "smtp";
            if (no_nexthop && is_smtp) {
                report.at(Severity::warning, setting,
                          base::format("{}: \"* {}\" names no host: all mail goes to its recipients' own MX hosts, past relayhost; write \"* {}:[host]:port\"", table.name, route.value, transport));
            }
            if (has_mail_of_its_own) {
                report.at(Severity::note, setting,
                          base::format("{}: \"* {}\" takes mail for our own domains (mydestination, virtual_mailbox_domains), too, unless the table has an entry for each of them; relayhost and default_transport do not",
                                       table.name, route.value));
            }
        }
    }
}

}  // namespace

void destinations(const Subject& subject, Report& report) {
    const View view = subject.configuration.main();
    open_brackets(view, report);
    in_two_lists(view, report);
    unchecked_recipients(view, report);
    if (const Setting* maps = subject.configuration.main_cf().find("transport_maps")) {
        catch_all(subject, *maps, report);
    }
}

}  // namespace posthouse::app::lint
