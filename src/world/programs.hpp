#pragma once
// Programs that are talked to while they run (spawn(8)), as opposed to Processes, which run to their end.
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "world/cores.hpp"

namespace posthouse::world {

struct ProgramRequest {
    std::vector<std::string> arguments;  // arguments[0] is the program
    std::string user;                    // "name" or "name:group"; never root, never the mail system's owner
    std::string folder;                  // where it runs
    Duration time_limit{};               // then it is killed
};

class Programs {
public:
    virtual ~Programs() = default;
    /// Starts the program; the stream, on core `home`, is its standard input, output and error. `ended` is called once, on any
    /// thread: when the process is gone, or when it could not be started.
    virtual Task<base::Result<std::unique_ptr<Stream>>> start(ProgramRequest request, Core& home, Work ended) = 0;
};

}  // namespace posthouse::world
