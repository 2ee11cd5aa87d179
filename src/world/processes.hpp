#pragma once
// Child processes (pipe(8), spawn(8)).
#include <string>
#include <vector>

#include "base/result.hpp"
#include "world/deadline.hpp"
#include "world/task.hpp"

namespace posthouse::world {

struct ProcessRequest {
    std::vector<std::string> arguments;    // arguments[0] is the program's path
    std::vector<std::string> environment;  // "NAME=value"
    std::string input;
};

struct ProcessResult {
    int exit_status = 0;  // 128 + signal number if a signal ended it
    std::string output;   // standard output and error, bounded
};

class Processes {
public:
    virtual ~Processes() = default;
    virtual Task<base::Result<ProcessResult>> run(ProcessRequest request, Deadline deadline) = 0;
};

}  // namespace posthouse::world
