#include "mail/flush_site.hpp"

#include "base/text.hpp"

namespace posthouse::mail {

namespace {

constexpr std::size_t page_size = 200;

// Queue ids are times of arrival.
QueueId newest_id(const world::Clock& clock) {
    const auto now = clock.wall_now().time_since_epoch();
    return {static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count())};
}

bool is_for_site(const StoredMessage& message, std::string_view site) {
    for (std::size_t i = 0; i < message.envelope.recipients.size(); ++i) {
        const bool pending = i >= message.recipients.size() || message.recipients[i].status == RecipientState::Status::pending;
        const std::string& address = message.envelope.recipients[i].address;
        const std::size_t at = address.rfind('@');
        if (pending && at != std::string::npos && base::iequals(std::string_view(address).substr(at + 1), site)) {
            return true;
        }
    }
    return false;
}

}  // namespace

world::Task<base::Result<std::uint64_t>> flush_site(QueueAdmin& queue, std::string site, world::Core& home) {
    std::uint64_t count = 0;
    QueueId after;
    const QueueId last = newest_id(home.clock);
    for (;;) {
        const auto page = co_await queue.list(after, page_size, home);
        if (!page) {
            co_return std::unexpected(page.error());
        }
        for (const ListedMessage& listed : *page) {
            after = listed.message.id;
            if (listed.queue != QueueName::deferred || !is_for_site(listed.message, site)) {
                continue;
            }
            const auto found = co_await queue.flush_message(after, home);
            if (!found) {
                co_return std::unexpected(found.error());
            }
            count += *found ? 1 : 0;
        }
        if (page->size() < page_size || after > last) {
            co_return count;
        }
    }
}

}  // namespace posthouse::mail
