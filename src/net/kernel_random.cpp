#include "net/kernel_random.hpp"

#include <sys/random.h>

#include "base/assert.hpp"

namespace posthouse::net {

std::uint64_t KernelRandom::next() {
    if (used_ == numbers_.size()) {
        // Up to 256 bytes never come back short; 512 may on a signal.
        auto* bytes = reinterpret_cast<char*>(numbers_.data());
        for (std::size_t have = 0; have < sizeof(numbers_);) {
            const ssize_t count = ::getrandom(bytes + have, sizeof(numbers_) - have, 0);
            if (count > 0) {
                have += static_cast<std::size_t>(count);
            } else {
                PH_ASSERT(errno == EINTR);
            }
        }
        used_ = 0;
    }
    return std::exchange(numbers_[used_++], 0);
}

}  // namespace posthouse::net
