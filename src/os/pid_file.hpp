#pragma once
// The lock that keeps a second server off a queue: $queue_directory/pid/master.pid, held until the process ends, and all that inherited it.
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::os {

enum class LockHolder : std::uint8_t { server, tool };

/// Locks the file and writes our process id. Waits for a tool that works on the queue of a stopped server, and for what is left
/// of a server whose supervisor has ended. ErrorKind::unavailable: somebody else holds it, named in the text.
base::Result<FileDescriptor> lock_pid_file(const std::string& path, LockHolder us = LockHolder::server);

}  // namespace posthouse::os
