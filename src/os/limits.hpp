#pragma once
// Limits of this process, and telling whoever started it that it serves.

namespace posthouse::os {

/// As many descriptors as the system lets us have: every connection is one.
void raise_descriptor_limit();

/// Lets go of standard input, output and error.
void leave_terminal();

/// The name that ps(1) shows.
void name_process(const char* name);

/// Lets go of standard input, output and error, then writes one byte to `descriptor` and closes it.
void announce_ready(int descriptor);

}  // namespace posthouse::os
