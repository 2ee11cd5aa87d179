#pragma once
// How large a POSIX regular expression becomes once it is compiled: the C library writes each repetition out, copy by copy, so
// that a few characters ("a++++++++++++++++", "((a{99}){99}){99}") can take all memory.
#include <cstdint>
#include <string_view>

namespace posthouse::tables {

enum class PosixSyntax : std::uint8_t { extended, basic };

/// The number of characters and bracket expressions of `pattern` with all repetitions written out, at most `posix_size_max` + 1.
/// A pattern that does not compile has some number, too. regex(7).
[[nodiscard]] std::uint64_t posix_size(std::string_view pattern, PosixSyntax syntax);

/// Ours. Tables of the C library grow with the square of it: some 100 MB at this size.
inline constexpr std::uint64_t posix_size_max = 5000;

}  // namespace posthouse::tables
