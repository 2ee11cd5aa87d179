#pragma once
// What the thin tools need to know of main.cf.
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/view.hpp"

namespace posthouse::tools {

struct ToolSettings {
    std::string config_directory;
    std::string queue_directory;
    std::string syslog_name;
    std::string myhostname;
    std::string maillog_file;
    std::string maillog_file_rotate_suffix, maillog_file_compressor;
    std::string default_database_type;
    std::string default_verp_delimiters, verp_delimiter_filter;
    bool smtputf8_enable = true;
    std::uint64_t message_size_limit = 0;  // bytes; 0: none
    std::vector<std::string> alias_database;
    config::View main;  // all of it
};

/// `config_option` is the value of -c (or sendmail's -C), empty if it was not given: then $MAIL_CONFIG, then /etc/postfix.
[[nodiscard]] std::string config_directory(const std::string& config_option);
/// An error names the file that cannot be read, or the line that is wrong (ErrorKind::invalid).
[[nodiscard]] base::Result<ToolSettings> tool_settings(const std::string& config_option);

}  // namespace posthouse::tools
