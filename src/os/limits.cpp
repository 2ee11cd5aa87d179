#include "os/limits.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <fcntl.h>
#include <unistd.h>

namespace posthouse::os {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void name_process(const char* name) { ::prctl(PR_SET_NAME, name, 0, 0, 0); }

void leave_terminal() {
    // Whoever started us may read our output until its end, which would be ours.
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (nothing >= 0) {
            ::dup2(nothing, standard);
        }
    }
    ::close(nothing);
}

void announce_ready(int descriptor) {
    leave_terminal();
    const char ready = '\n';
    [[maybe_unused]] const auto written = ::write(descriptor, &ready, 1);
    ::close(descriptor);
}

}  // namespace posthouse::os
