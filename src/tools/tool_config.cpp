#include "tools/tool_config.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "tools/read_file.hpp"

namespace posthouse::tools {

std::string config_directory(const std::string& config_option) {
    if (!config_option.empty()) {
        return config_option;
    }
    const char* environment = std::getenv("MAIL_CONFIG");
    return environment != nullptr && *environment != '\0' ? environment : "/etc/postfix";
}

namespace {

constexpr std::array<std::pair<std::string_view, std::string ToolSettings::*>, 9> texts{{
    {"queue_directory", &ToolSettings::queue_directory},
    {"syslog_name", &ToolSettings::syslog_name},
    {"myhostname", &ToolSettings::myhostname},
    {"maillog_file", &ToolSettings::maillog_file},
    {"maillog_file_rotate_suffix", &ToolSettings::maillog_file_rotate_suffix},
    {"maillog_file_compressor", &ToolSettings::maillog_file_compressor},
    {"default_database_type", &ToolSettings::default_database_type},
    {"default_verp_delimiters", &ToolSettings::default_verp_delimiters},
    {"verp_delimiter_filter", &ToolSettings::verp_delimiter_filter},
}};
constexpr std::array<std::string_view, 3> other_names{"smtputf8_enable", "message_size_limit", "alias_database"};

std::string system_hostname() {
    char name[256] = "";
    return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

}  // namespace

base::Result<ToolSettings> tool_settings(const std::string& config_option) {
    ToolSettings settings;
    settings.config_directory = config_directory(config_option);
    const std::string path = settings.config_directory + "/main.cf";
    const base::Result<std::string> text = read_file(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    config::Findings findings;
    config::ViewSource source;
    source.main_cf = config::MainCf::parse(*text, path, findings);
    source.facts.hostname = system_hostname();
    source.directory = settings.config_directory;
    const config::View view(std::move(source));
    for (const auto& [name, member] : texts) {
        settings.*member = view.text(name);
        findings.append(view.check_value(name));
    }
    for (const std::string_view name : other_names) {
        findings.append(view.check_value(name));
    }
    // A queue that a slip of the pen has put elsewhere would take mail that no server ever sees.
    for (const config::Finding& finding : findings) {
        if (finding.severity == config::Severity::error) {
            return base::fail(base::ErrorKind::invalid, config::to_text_without_severity(finding));
        }
    }
    settings.smtputf8_enable = view.boolean("smtputf8_enable");
    settings.message_size_limit = view.size("message_size_limit").count;
    settings.alias_database = view.list("alias_database");
    settings.main = view;
    return settings;
}

}  // namespace posthouse::tools
