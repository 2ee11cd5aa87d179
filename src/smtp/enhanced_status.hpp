#pragma once
// Enhanced mail system status codes: RFC 3463 "class.subject.detail", carried in front of reply text (RFC 2034).
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace posthouse::smtp {

struct EnhancedStatus {
    std::uint16_t status_class = 5;  // 2, 4 or 5
    std::uint16_t subject = 0;       // 0..999
    std::uint16_t detail = 0;        // 0..999

    /// "5.7.1".
    [[nodiscard]] std::string text() const;
    /// The whole text must be a status code.
    [[nodiscard]] static std::optional<EnhancedStatus> parse(std::string_view text);
    friend constexpr auto operator<=>(const EnhancedStatus&, const EnhancedStatus&) = default;
};

struct StatusAndText {
    std::optional<EnhancedStatus> status;
    std::string_view text;  // what follows the status and the white space after it; views into the argument
};

/// Takes "5.7.1 text" apart. Without a leading status (white space or the end must follow it) `text` is all of it.
[[nodiscard]] StatusAndText split_status(std::string_view text);

}  // namespace posthouse::smtp
