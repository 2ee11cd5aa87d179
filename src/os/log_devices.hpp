#pragma once
// Where the log ends up: a file (maillog_file), standard output or syslog.
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "observe/log_output.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::os {

/// Appends; opened at the first write, and again after reopen() or when the path no longer leads to the open file.
/// Where we may not, `helper` is asked to open it.
using LogOpener = std::function<FileDescriptor()>;
[[nodiscard]] std::shared_ptr<observe::LogDevice> make_log_file(std::string path, unsigned mode = 0600, LogOpener helper = {});
/// For a process that may write less than we: follows no link that anybody but root could have put there.
[[nodiscard]] base::Result<FileDescriptor> open_log_file(const std::string& path, unsigned mode = 0600);
[[nodiscard]] std::shared_ptr<observe::LogDevice> make_log_stdout();
/// Facility "mail" through the datagram socket of syslog; one datagram per line, the host's name left out (RFC 3164 §4.1).
[[nodiscard]] std::shared_ptr<observe::LogDevice> make_log_syslog(std::string socket_path = "/dev/log");

}  // namespace posthouse::os
