#include "config/check.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/expansion.hpp"
#include "config/parameter.hpp"
#include "config/table_attributes.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <iterator>
#include <array>
#include <set>

namespace posthouse::config {

namespace {

constexpr auto known_commands = std::to_array<std::string_view>(
    {"anvil",      "bounce",   "cleanup", "discard", "dnsblog", "error", "flush", "lmtp",  "local",    "nqmgr",
     "oqmgr",      "pickup",   "pipe",    "postlogd", "postscreen", "proxymap", "qmgr", "qmqpd", "scache", "showq",
     "smtp",       "smtpd",    "spawn",   "tlsmgr",  "tlsproxy", "trivial-rewrite", "verify", "virtual"});

bool any_service(const Configuration& configuration, std::string_view command) {
    return std::any_of(configuration.services().begin(), configuration.services().end(),
                       [&](const Service& s) { return s.command == command; });
}

/// Names that mean something though the table lacks them: used as $name, a restriction class, a transport's parameter, or
/// an attribute of a table whose source is main.cf itself (ldap:name, mysql:name …).
class NamesInUse {
public:
    explicit NamesInUse(const Configuration& configuration) {
        for (const auto& [name, setting] : configuration.main_cf().settings()) {
            add_value(setting.value);
        }
        for (const Parameter& parameter : all_parameters()) {
            add_macros(parameter.default_text);
        }
        add_classes(configuration.main());
        for (const Service& service : configuration.services()) {
            transports_.insert(service.name);
            for (const Setting& setting : service.overrides) {
                add_value(setting.value);
                if (setting.name == "smtpd_restriction_classes") {
                    add_classes(configuration.view(service));
                }
            }
        }
    }

    [[nodiscard]] bool contains(std::string_view name) const {
        if (names_.contains(name)) {
            return true;
        }
        const auto family = split_transport_parameter(name);
        return family && transports_.contains(family->first);
    }

private:
    void add_macros(std::string_view value) {
        for (std::string& name : names_used(value)) {
            names_.insert(std::move(name));
        }
    }
    void add_value(std::string_view value) {
        add_macros(value);
        for (std::string& name : table_parameters_of(value)) {
            names_.insert(std::move(name));
        }
    }
    void add_classes(const View& view) {
        for (std::string& name : view.list("smtpd_restriction_classes")) {
            names_.insert(std::move(name));
        }
    }

    std::set<std::string, std::less<>> names_;
    std::set<std::string, std::less<>> transports_;
};

class Checker {
public:
    explicit Checker(const Configuration& configuration) : configuration_(configuration), in_use_(configuration) {}

    Findings run() {
        findings_.append(configuration_.findings());
        findings_.append(configuration_.main().check_values());
        for (const auto& [name, setting] : configuration_.main_cf().settings()) {
            one_setting(setting, configuration_.main());
        }
        if (!findings_.has_errors()) {  // a value that cannot be read has been reported
            room_for_mail();
        }
        for (const Service& service : configuration_.services()) {
            one_service(service);
        }
        findings_.sort();
        return std::move(findings_);
    }

private:
    void report(Severity severity, const Setting& setting, std::string text) {
        findings_.add(severity, setting.file, setting.line, std::move(text));
    }

    void one_setting(const Setting& setting, const View& view) {
        const Parameter* parameter = find_parameter(setting.name);
        if (parameter == nullptr) {
            unknown_name(setting);
        } else {
            status_of(*parameter, setting, view);
        }
        if (setting.name == "mynetworks") {
            whole_internet(setting, view);
        }
        if (parameter == nullptr || parameter->type == Type::restrictions || parameter->type == Type::list ||
            parameter->type == Type::tables) {
            end_of_line_comment(setting);
        }
    }

    void whole_internet(const Setting& setting, const View& view) {
        for (const std::string& network : view.list("mynetworks")) {
            if (network.ends_with("/0") && !network.starts_with('!')) {
                report(Severity::warning, setting, base::format("mynetworks contains {}: every client there is trusted, which makes an open relay", network));
            }
        }
    }

    void unknown_name(const Setting& setting) {
        if (in_use_.contains(setting.name)) {
            return;
        }
        const Parameter* nearest = nearest_parameter(setting.name);
        report(Severity::warning, setting,
               base::format("unused parameter: {}={}{}", setting.name, base::printable(setting.value),
                            nearest == nullptr ? "" : base::format(" (did you mean {}?)", nearest->name)));
    }

    void status_of(const Parameter& parameter, const Setting& setting, const View& view) {
        if (parameter.status == Status::supported || view.text(setting.name) == view.default_text(setting.name)) {
            return;
        }
        if (is_idle(parameter.name)) {
            return;
        }
        if (parameter.status == Status::no_effect) {
            report(Severity::note, setting, base::format("{} has no effect here: {}", setting.name, parameter.sentence));
        } else if (parameter.status == Status::not_yet) {
            report(Severity::warning, setting,
                   base::format("{} is not supported yet, the setting is ignored; its purpose: {}", setting.name, parameter.sentence));
        } else {
            report(Severity::error, setting,
                   base::format("{} is not supported yet, and mail would be less protected without it: {}", setting.name, parameter.sentence));
        }
    }

    /// Details of a feature that this configuration does not use: stock master.cf rows set some for later.
    [[nodiscard]] bool is_idle(std::string_view name) const {
        return name.starts_with("postscreen_") && !any_service(configuration_, "postscreen");
    }

    /// smtpd(8): a limit below what one message may need cannot keep the disk from filling up in the middle of one.
    void room_for_mail() {
        const auto& settings = configuration_.main_cf().settings();
        const auto set = settings.find("queue_minfree");
        const auto least = configuration_.main().size("queue_minfree").count;
        const auto message = configuration_.main().size("message_size_limit").count;
        if (set != settings.end() && least > 0 && message > 0 && least < message + message / 2) {
            report(Severity::warning, set->second, base::format("queue_minfree({}) should be at least 1.5*message_size_limit({})", least, message));
        }
    }

    void end_of_line_comment(const Setting& setting) {
        for (const std::string_view word : base::split_braced(setting.value)) {
            if (word.starts_with('#')) {
                report(Severity::warning, setting,
                       base::format("{} contains \"{}\": main.cf has no end-of-line comments, the words after # are part of the value",
                                    setting.name, base::printable(word)));
                return;
            }
        }
    }

    void one_service(const Service& service) {
        if (!is_known_command(service.command)) {
            findings_.add(Severity::error, service.file, service.line,
                          base::format("service \"{}\": unknown command: {}", service.name, base::printable(service.command)));
        }
        if (service.overrides.empty()) {
            return;
        }
        const View view = configuration_.view(service);
        service_values(view, service);
        for (const Setting& setting : service.overrides) {
            one_setting(setting, view);
            never_read(setting, service);
        }
    }

    /// What is wrong in the service's own settings; main.cf's findings have been reported once.
    void service_values(const View& view, const Service& service) {
        for (const Finding& finding : view.check_values()) {
            const bool is_own = std::any_of(service.overrides.begin(), service.overrides.end(), [&](const Setting& setting) { return setting.file == finding.file && setting.line == finding.line; });
            if (is_own) {
                findings_.add(finding.severity, finding.file, finding.line, finding.text);
            }
        }
    }

    void never_read(const Setting& setting, const Service& service);

    const Configuration& configuration_;
    NamesInUse in_use_;
    Findings findings_;
};

struct Readers {
    std::string_view prefix;  // of parameter names
    std::array<std::string_view, 6> commands;
};

// Who reads a parameter, for those where "nobody else" is certain. The first row whose prefix fits counts.
constexpr std::array readers{
    Readers{"relayhost", {"trivial-rewrite"}},
    Readers{"transport_maps", {"trivial-rewrite"}},
    Readers{"sender_dependent_", {"trivial-rewrite"}},
    Readers{"default_transport", {"trivial-rewrite", "qmgr"}},
    Readers{"relay_transport", {"trivial-rewrite"}},
    Readers{"local_transport", {"trivial-rewrite"}},
    Readers{"virtual_transport", {"trivial-rewrite"}},
    Readers{"smtpd_", {"smtpd", "postscreen", "tlsproxy", "qmqpd", "cleanup", "dnsblog"}},
    Readers{"smtp_", {"smtp", "lmtp", "tlsproxy"}},
    Readers{"lmtp_", {"lmtp", "smtp", "tlsproxy"}},
    Readers{"postscreen_", {"postscreen", "dnsblog", "tlsproxy"}},
    Readers{"queue_run_delay", {"qmgr", "oqmgr", "nqmgr"}},
    Readers{"minimal_backoff_time", {"qmgr", "oqmgr", "nqmgr"}},
    Readers{"maximal_backoff_time", {"qmgr", "oqmgr", "nqmgr"}},
    Readers{"maximal_queue_lifetime", {"qmgr", "oqmgr", "nqmgr", "bounce"}},
    Readers{"bounce_queue_lifetime", {"qmgr", "oqmgr", "nqmgr", "bounce"}},
    Readers{"qmgr_", {"qmgr", "oqmgr", "nqmgr"}},
};

void Checker::never_read(const Setting& setting, const Service& service) {
    if (find_parameter(setting.name) == nullptr || !is_known_command(service.command)) {
        return;
    }
    for (const Setting& other : service.overrides) {
        const std::vector<std::string> names = names_used(other.value);
        if (std::find(names.begin(), names.end(), setting.name) != names.end()) {
            return;
        }
    }
    const auto* const row = std::find_if(readers.begin(), readers.end(), [&](const Readers& r) { return setting.name.starts_with(r.prefix); });
    if (row == readers.end() || std::find(row->commands.begin(), row->commands.end(), service.command) != row->commands.end()) {
        return;
    }
    report(Severity::warning, setting,
           base::format("service \"{}\": -o {} has no effect, {} never reads it ({} does)", service.name, setting.name, service.command,
                        row->commands.front()));
}

}  // namespace

bool is_known_command(std::string_view command) {
    return std::find(known_commands.begin(), known_commands.end(), command) != known_commands.end();
}

std::vector<Setting> unused_overrides(const Configuration& configuration) {
    const NamesInUse in_use(configuration);
    std::vector<Setting> unused;
    for (const Service& service : configuration.services()) {
        std::copy_if(service.overrides.begin(), service.overrides.end(), std::back_inserter(unused),
                     [&in_use](const Setting& setting) { return find_parameter(setting.name) == nullptr && !in_use.contains(setting.name); });
    }
    return unused;
}

std::vector<Setting> undefined_names(const Configuration& configuration) {
    std::vector<Setting> undefined;
    const auto look_at = [&undefined](const Setting& setting, const View& view) {
        const Parameter* parameter = find_parameter(setting.name);
        if (parameter != nullptr && parameter->type == Type::raw) {
            return;
        }
        for (std::string& name : names_used(setting.value)) {
            if (find_parameter(name) == nullptr && !view.is_set(name) && !split_transport_parameter(name)) {
                undefined.push_back({.name = std::move(name), .value = {}, .file = setting.file, .line = setting.line});
            }
        }
    };
    for (const Service& service : configuration.services()) {
        const View view = configuration.view(service);
        for (const Setting& setting : service.overrides) {
            look_at(setting, view);
        }
    }
    for (const auto& [name, setting] : configuration.main_cf().settings()) {
        look_at(setting, configuration.main());
    }
    return undefined;
}

std::vector<Setting> unused_settings(const Configuration& configuration) {
    const NamesInUse in_use(configuration);
    std::vector<Setting> unused;
    for (const auto& [name, setting] : configuration.main_cf().settings()) {
        if (find_parameter(name) == nullptr && !in_use.contains(name)) {
            unused.push_back(setting);
        }
    }
    return unused;
}

Findings check(const Configuration& configuration) { return Checker(configuration).run(); }

}  // namespace posthouse::config
