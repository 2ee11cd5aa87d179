#pragma once
// Where log lines go. LogOutput takes them from any core and never blocks; LogDevice is the file, terminal or syslog socket
// behind it, and may block.
#include <cstddef>
#include <string_view>

namespace posthouse::observe {

class LogOutput {
public:
    virtual ~LogOutput() = default;
    /// Whole lines, each with its LF. From any thread.
    virtual void write(std::string_view lines) = 0;
};

class LogDevice {
public:
    virtual ~LogDevice() = default;
    /// Returns how many bytes were taken; fewer than all: it failed for now. One call at a time.
    virtual std::size_t write(std::string_view lines) = 0;
    /// Called between two writes of a busy log: may block for some milliseconds, so that lines gather.
    virtual void rest() {}
    /// Before the next write, opens anew what has a name (log rotation). From any thread.
    virtual void reopen() {}
};

}  // namespace posthouse::observe
