// -o of master.cf: twice in one row, or for somebody who does not read it (config/check.cpp has those that one prefix tells).
#include <algorithm>
#include <array>
#include <map>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

struct Reader {
    std::string_view parameter;
    std::string_view command;  // the only one that reads it
    std::string_view instead;
};

constexpr std::string_view own_cleanup = "a row of its own for cleanup with this -o, and cleanup_service_name = its name in this row";
constexpr std::string_view main_cf = "it into main.cf, and receive_override_options = no_header_body_checks into the rows whose mail is not to be looked at";
constexpr std::array readers{
    Reader{"header_checks", "cleanup", main_cf},
    Reader{"mime_header_checks", "cleanup", main_cf},
    Reader{"nested_header_checks", "cleanup", main_cf},
    Reader{"body_checks", "cleanup", main_cf},
    Reader{"canonical_maps", "cleanup", own_cleanup},
    Reader{"sender_canonical_maps", "cleanup", own_cleanup},
    Reader{"recipient_canonical_maps", "cleanup", own_cleanup},
    Reader{"masquerade_domains", "cleanup", own_cleanup},
    Reader{"always_bcc", "cleanup", own_cleanup},
    Reader{"sender_bcc_maps", "cleanup", own_cleanup},
    Reader{"recipient_bcc_maps", "cleanup", own_cleanup},
    Reader{"non_smtpd_milters", "cleanup", "smtpd_milters"},
};

void only_readers(const Service& row, Report& report) {
    for (const Setting& setting : row.overrides) {
        const auto* const found = std::find_if(readers.begin(), readers.end(), [&](const Reader& reader) { return reader.parameter == setting.name; });
        if (found != readers.end() && row.command != found->command) {
            report.at(Severity::warning, setting,
                      base::format("service \"{}\": -o {} has no effect, only {} reads it; write {}", row.name, setting.name, found->command, found->instead));
        }
    }
}

// smtp_… settings in the row of the other client.
void other_client(const Service& row, Report& report) {
    if (row.command != "lmtp" && row.command != "smtp") {
        return;
    }
    const std::string other = row.command == "smtp" ? "lmtp_" : "smtp_";
    for (const Setting& setting : row.overrides) {
        if (setting.name.starts_with(other)) {
            const std::string right = row.command + setting.name.substr(4);
            report.at(Severity::warning, setting, base::format("service \"{}\": -o {} has no effect, this {} client reads {}", row.name, setting.name, row.command, right));
        }
    }
}

void where_relayhost_belongs(const Service& row, Report& report) {
    if (row.command != "smtp" && row.command != "lmtp") {
        return;
    }
    for (const Setting& setting : row.overrides) {
        if (setting.name == "relayhost" && !setting.value.empty()) {
            report.at(Severity::warning, setting,
                      base::format("service \"{}\": mail that is routed to {}: without a host goes to the recipient's own MX hosts; name the host in the route: \"{}:{}\" in transport_maps, "
                                   "sender_dependent_default_transport_maps or default_transport",
                                   row.name, row.name, row.name, setting.value));
        }
    }
}

}  // namespace

void overrides(const Subject& subject, Report& report) {
    for (const Service& row : subject.configuration.services()) {
        std::map<std::string_view, const Setting*> seen;
        for (const Setting& setting : row.overrides) {
            const auto [entry, is_new] = seen.emplace(setting.name, &setting);
            if (!is_new && entry->second->value != setting.value) {
                report.at(Severity::warning, setting,
                          base::format("service \"{}\": -o {} comes twice, {} is in force; take {}={} out", row.name, setting.name,
                                       setting.value.empty() ? "the empty value" : base::printable(setting.value), setting.name, base::printable(entry->second->value)));
                entry->second = &setting;
            }
        }
        only_readers(row, report);
        other_client(row, report);
        where_relayhost_belongs(row, report);
    }
}

}  // namespace posthouse::app::lint
