#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace posthouse::base {

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "panic: %s:%d: assertion failed: %s\n", file, line, condition);
    std::abort();
}

}  // namespace posthouse::base
