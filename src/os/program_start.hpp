#pragma once
// Starting a program that is talked to over a socket, as another user.
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::os {

/// Whose rights a program gets.
struct ProgramUser {
    std::uint32_t user_id = 0, group_id = 0;
};

/// user= of spawn(8): "name" or "name:group". Errors: no such account, root, the owner of the mail system, or an account that this
/// process cannot become. nullopt: it is us, and we are nobody special. `mail_owner` is whose rights it must not get. Blocks.
base::Result<std::optional<ProgramUser>> find_program_user(const std::string& text, std::uint32_t mail_owner);

struct ProgramStart {
    std::vector<std::string> arguments;    // arguments[0]: a path, or a name in PATH
    std::vector<std::string> environment;  // "NAME=value"
    std::string folder;                    // empty: ours
    std::optional<ProgramUser> user;       // nullopt: as ourselves
};

struct StartedProgram {
    pid_t process = 0;      // leads a process group of its own
    FileDescriptor stream;  // non-blocking; the other end is the program's standard input, output and error
};

/// Returns when the program runs; an error says why it does not. Blocks for a moment.
base::Result<StartedProgram> start_program(const ProgramStart& request);

}  // namespace posthouse::os
