#pragma once
// Record: one line of the control protocol and of maildrop files: "word key=value key=value". Values are percent-encoded, so
// whatever an address or a reply contains stays in its line.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace posthouse::mail {

/// Longest line either side reads; a longer one ends the conversation.
inline constexpr std::size_t record_length_max = 64 * 1024;
inline constexpr std::size_t record_fields_max = 64;

struct Record {
    std::string word;  // [a-z0-9-]+
    std::vector<std::pair<std::string, std::string>> fields;

    explicit Record(std::string name = {}) : word(std::move(name)) {}
    Record& add(std::string key, std::string value);
    Record& add(std::string key, std::uint64_t value);
    /// The first value under `key`; empty if there is none.
    [[nodiscard]] const std::string& get(std::string_view key) const;
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const;
    friend bool operator==(const Record&, const Record&) = default;
};

/// The line with its LF. A value that would make the line too long is cut: better a short reason than a broken listing.
[[nodiscard]] std::string encode(const Record& record);
/// A line without its LF. ErrorKind::invalid on malformed names or escapes, ErrorKind::limit beyond the bounds above.
[[nodiscard]] base::Result<Record> decode_record(std::string_view line);

}  // namespace posthouse::mail
