#pragma once
// Queue IDs: the number is the arrival time in microseconds since 1970, made unique, so IDs sort by arrival.
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::mail {

struct QueueId {
    std::uint64_t value = 0;
    /// Upper-case hexadecimal, 13 digits until the year 2112; what logs, replies and tools show.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<QueueId> parse(std::string_view text);
    friend auto operator<=>(QueueId, QueueId) = default;
};

}  // namespace posthouse::mail

template <>
struct std::hash<posthouse::mail::QueueId> {
    std::size_t operator()(posthouse::mail::QueueId id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
