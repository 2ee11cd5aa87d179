#pragma once
// How far content is as it should be: CR and LF in pairs only, no dot at the start of a line. Nearly all mail is, so the
// readers and writers of content ask this first and pass what it covers as a whole.
#include <cstddef>
#include <string_view>

namespace posthouse::smtp {

/// A length n up to which nothing needs care: each CR among the first n bytes is followed by LF, each LF but the very first byte
/// follows a CR, no LF is followed by a dot, and the byte after them belongs to the next look. Errs on the short side,
/// by less than 64 bytes; never reaches the last byte. What stands before `bytes` is not known here: an LF or a dot at its very
/// front is the caller's affair.
[[nodiscard]] std::size_t regular_prefix(std::string_view bytes);

}  // namespace posthouse::smtp
