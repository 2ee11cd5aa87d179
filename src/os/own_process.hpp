#pragma once
// Starting this program anew: as a child beside us, or in our place.
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::os {

/// The file this process runs, and runs again after a crash even if an upgrade has put another one in its place.
inline constexpr const char* running_program = "/proc/self/exe";
/// Where the program of this process was installed; after an upgrade the new one is there.
[[nodiscard]] std::string installed_program();

struct OwnStart {
    std::string program = running_program;
    std::vector<std::string> arguments;                // with the program's name
    std::vector<std::pair<std::string, std::string>> environment;  // on top of ours
    std::vector<int> inherited;                        // descriptors it gets, under the same numbers
};

struct OwnChild {
    pid_t process = 0;
    FileDescriptor handle;  // pidfd: readable when it has ended
};

/// The child's signals are as at the start of a program. Blocks until it runs; an error says why it does not.
[[nodiscard]] base::Result<OwnChild> start_own(const OwnStart& start);
/// A child of this process that another program started in it.
[[nodiscard]] OwnChild adopt_child(pid_t process);
/// Goes on as that program, under our process id; returns only if that fails.
[[nodiscard]] base::Error become_own(const OwnStart& start);

/// A descriptor that was inherited goes to no other program.
void keep_to_ourselves(int descriptor);

struct ProcessEnd {
    int exit_status = 0;
    int signal = 0;  // that killed it; 0: it ended by itself
};
/// Collects a child that has ended. Blocks if it has not.
[[nodiscard]] ProcessEnd collect(pid_t process);

/// Ends this process where it stands: no destructor runs, no other thread is waited for.
[[noreturn]] void leave_now(int exit_status);

/// False: there is no such process, or it is not ours.
bool send_signal(pid_t process, int signal);
/// Whether there is such a process, whoever's it is.
[[nodiscard]] bool process_exists(pid_t process);

}  // namespace posthouse::os
