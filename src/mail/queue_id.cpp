#include "mail/queue_id.hpp"

#include <charconv>

#include "base/format.hpp"

namespace posthouse::mail {

std::string QueueId::text() const { return base::format("{:013X}", value); }

std::optional<QueueId> QueueId::parse(std::string_view text) {
    QueueId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
    if (error != std::errc{} || end != text.data() + text.size() || text.size() < 6 || text.size() > 16) {
        return std::nullopt;
    }
    return id;
}

}  // namespace posthouse::mail
