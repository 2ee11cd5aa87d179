// -o of master.cf: twice in one row, or for somebody who does not read it (config/check.cpp has those that one prefix tells).
#include <algorithm>
#include <array>
#include <map>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "config/parameter.hpp"

namespace posthouse::app::lint {

namespace {

struct Reader {
    std::string_view parameter;
    std::string_view command;  // the only one that reads it
    std::string_view instead;
};

constexpr std::string_view no_checks = "it into main.cf, and receive_override_options = no_header_body_checks into the rows whose mail is not to be looked at";
constexpr std::string_view no_mappings = "it into main.cf, and receive_override_options = no_address_mappings into the rows whose mail is to be left as it is";
constexpr std::array readers{
    Reader{"header_checks", "cleanup", no_checks},
    Reader{"mime_header_checks", "cleanup", no_checks},
    Reader{"nested_header_checks", "cleanup", no_checks},
    Reader{"body_checks", "cleanup", no_checks},
    Reader{"canonical_maps", "cleanup", no_mappings},
    Reader{"sender_canonical_maps", "cleanup", no_mappings},
    Reader{"recipient_canonical_maps", "cleanup", no_mappings},
    Reader{"masquerade_domains", "cleanup", no_mappings},
    Reader{"always_bcc", "cleanup", no_mappings},
    Reader{"sender_bcc_maps", "cleanup", no_mappings},
    Reader{"recipient_bcc_maps", "cleanup", no_mappings},
    Reader{"non_smtpd_milters", "cleanup", "smtpd_milters"},
};

// What nobody reads yet, config/check.cpp tells.
bool is_read(std::string_view name) {
    const config::Parameter* const parameter = config::find_parameter(name);
    return parameter != nullptr && parameter->status == config::Status::supported;
}

void only_readers(const Service& row, Report& report) {
    for (const Setting& setting : row.overrides) {
        const auto* const found = std::find_if(readers.begin(), readers.end(), [&](const Reader& reader) { return reader.parameter == setting.name; });
        if (found == readers.end() || !is_read(setting.name)) {
            continue;
        }
        if (row.command != found->command) {
            report.at(Severity::warning, setting,
                      base::format("service \"{}\": -o {} has no effect, only {} reads it; write {}", row.name, setting.name, found->command, found->instead));
        } else if (row.name != found->command) {
            report.at(Severity::warning, setting,
                      base::format("service \"{}\": -o {} has no effect, all mail passes the one row that is named {}; write it there or into main.cf", row.name, setting.name, found->command));
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
