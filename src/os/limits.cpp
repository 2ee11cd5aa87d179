#include "os/limits.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace posthouse::os {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void announce_ready(int descriptor) {
    const char ready = '\n';
    [[maybe_unused]] const auto written = ::write(descriptor, &ready, 1);
    ::close(descriptor);
}

}  // namespace posthouse::os
