#include "mail/queue_id.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace posthouse::mail {

std::string QueueId::text() const {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out(std::max<std::size_t>(13, (std::bit_width(value) + 3) / 4), '0');
    for (auto [at, left] = std::pair{out.rbegin(), value}; left != 0; left >>= 4U) {
        *at++ = digits[left & 15U];
    }
    return out;
}

std::optional<QueueId> QueueId::parse(std::string_view text) {
    QueueId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
    if (error != std::errc{} || end != text.data() + text.size() || text.size() < 6 || text.size() > 16) {
        return std::nullopt;
    }
    return id;
}

}  // namespace posthouse::mail
