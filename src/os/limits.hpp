#pragma once
// Limits of this process, and telling whoever started it that it serves.
#include <cstddef>
#include <cstdint>

namespace posthouse::os {

/// As many descriptors as the system lets us have: every connection is one.
void raise_descriptor_limit();
/// How many that is.
[[nodiscard]] std::size_t descriptor_limit();
/// Bytes that this process may use: the least of the machine's memory, its control group's (memory.max) and what is left of its
/// address space (RLIMIT_AS). With a limit of the latter the allocator is told not to reserve more of it than it uses, so ask early.
[[nodiscard]] std::uint64_t memory_limit();

/// Lets go of standard input, output and error.
void leave_terminal();

/// The name that ps(1) shows.
void name_process(const char* name);

/// Lets go of standard input, output and error, then writes one byte to `descriptor` and closes it.
void announce_ready(int descriptor);

}  // namespace posthouse::os
