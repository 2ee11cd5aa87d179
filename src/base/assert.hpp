#pragma once
// PH_ASSERT stays on in release builds: our own bug ends the process, the spool survives it. Never assert on anything a
// peer, a file or an operator can cause.

namespace posthouse::base {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define PH_ASSERT(condition) \
    (static_cast<bool>(condition) ? void(0) : ::posthouse::base::assertion_failed(#condition, __FILE__, __LINE__))
