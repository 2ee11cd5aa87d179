#include "tools/tool_config.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace posthouse::tools {
namespace {

std::string directory_from(const std::string& config_option) {
    if (!config_option.empty()) {
        return config_option;
    }
    const char* environment = std::getenv("MAIL_CONFIG");
    return environment != nullptr && *environment != '\0' ? environment : "/etc/postfix";
}

std::string system_hostname() {
    char name[256] = "";
    return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

}  // namespace

base::Result<ToolSettings> tool_settings(const std::string& config_option) {
    ToolSettings settings;
    settings.config_directory = directory_from(config_option);
    const std::string path = settings.config_directory + "/main.cf";
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return base::fail(base::ErrorKind::not_found, "open " + path + ": " + std::strerror(errno));
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    config::Findings findings;  // told by the server and by postconf; a tool that only needs a folder is silent
    config::ViewSource source;
    source.main_cf = config::MainCf::parse(text, path, findings);
    source.facts.hostname = system_hostname();
    source.directory = settings.config_directory;
    const config::View view(std::move(source));
    settings.queue_directory = view.text("queue_directory");
    settings.syslog_name = view.text("syslog_name");
    settings.myhostname = view.text("myhostname");
    settings.maillog_file = view.text("maillog_file");
    settings.maillog_file_rotate_suffix = view.text("maillog_file_rotate_suffix");
    settings.maillog_file_compressor = view.text("maillog_file_compressor");
    settings.default_database_type = view.text("default_database_type");
    settings.default_verp_delimiters = view.text("default_verp_delimiters");
    settings.verp_delimiter_filter = view.text("verp_delimiter_filter");
    settings.smtputf8_enable = view.boolean("smtputf8_enable");
    settings.message_size_limit = view.size("message_size_limit").count;
    settings.alias_database = view.list("alias_database");
    settings.main = view;
    return settings;
}

}  // namespace posthouse::tools
