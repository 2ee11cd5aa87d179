// CoreQueue: who asked for it hears of deliveries, each of them once, before the spool says that there is nothing left to do.
#include <numeric>

#include "queue/core_queue.hpp"

namespace posthouse::queue {

mail::Notification CoreQueue::take_successes(ActiveMessage& message, const std::vector<std::uint32_t>& among) {
    mail::Notification out;
    out.kind = mail::NotificationKind::success;
    out.id = message.stored.id;
    out.envelope = message.envelope;
    std::vector<std::uint32_t> told;
    for (const std::uint32_t i : among) {
        // RFC 3461 §5.2.2: only who asked for it, and not where the next server took over the duty (no action of ours).
        const bool wanted = message.attempted[i] && message.outcomes[i].kind == mail::Outcome::Kind::delivered &&
                            message.envelope->recipients[i].notify.success && !message.outcomes[i].action.empty();
        if (wanted && !message.success_told[i]) {
            out.entries.push_back({message.envelope->recipients[i], message.outcomes[i]});
            told.push_back(i);
        }
    }
    if (!out.entries.empty()) {
        out.mark = mark_of(message, out.kind, told);
        out.content = world_.spool.content(message.stored.id, core_);
    }
    for (const std::uint32_t i : told) {  // last: whoever found no memory above has told nobody
        message.success_told[i] = true;
    }
    return out;
}

// Whatever fails here, the message hears that it is over: the marks are written again at its end.
world::Task<void> CoreQueue::tell_then_mark(mail::QueueId id, mail::Notification successes, mail::SpoolUpdate marks) {
    try {
        world::Task<void> telling = tell_of_delivery(std::move(successes));
        co_await world::uncancellable(std::move(telling));
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());
    }
    try {
        world::Task<void> marking = apply(std::move(marks));
        co_await std::move(marking);
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());
    }
    job_ended(id);
}

world::Task<void> CoreQueue::notify_successes(ActiveMessage& message) {
    std::vector<std::uint32_t> all(message.outcomes.size());
    std::iota(all.begin(), all.end(), 0U);
    world::Task<void> telling = tell_of_delivery(take_successes(message, all));
    co_await std::move(telling);
    if (message.stored.delay_warned && settings_.confirm_delay_cleared) {
        mail::Notification cleared = notification_of(message, mail::NotificationKind::delay_cleared, mail::Outcome::Kind::delivered);
        std::erase_if(cleared.entries, [](const auto& entry) { return entry.recipient.notify.success && !entry.outcome.action.empty(); });
        co_await tell_of_delivery(std::move(cleared));
    }
}

world::Task<void> CoreQueue::tell_of_delivery(mail::Notification notification) {
    if (notification.entries.empty()) {
        co_return;
    }
    const mail::QueueId id = notification.id;
    const auto told = co_await world_.notifier.notify(std::move(notification), core_);
    if (!told && !is_withdrawn(id, AdminAction::remove)) {
        world_.events.warn(settings_.qmgr_label, id.text() + ": cannot report the delivery to the sender: " + told.error().text);
    }
}

}  // namespace posthouse::queue
