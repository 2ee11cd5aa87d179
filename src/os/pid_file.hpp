#pragma once
// The lock that keeps a second server off a queue: $queue_directory/pid/master.pid, held until the process ends, and all that inherited it.
#include <memory>
#include <string>

#include "base/result.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::os {

/// Locks the file and writes our process id. ErrorKind::unavailable: another server holds it, named in the text. Waits for what
/// is left of one whose process has ended.
base::Result<FileDescriptor> lock_pid_file(const std::string& path);

}  // namespace posthouse::os
