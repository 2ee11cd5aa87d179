// CoreQueue: who hears of an attempt. Each notice is committed with the mark of whom it tells of; of a message that was removed
// meanwhile there is nothing to mark, and so no notice.
#include <algorithm>

#include "queue/core_queue.hpp"

namespace posthouse::queue {

namespace {

using Status = mail::RecipientState::Status;

}  // namespace

// Of bounces and answers: they are final now, and in the spool already if there was somebody to tell.
void CoreQueue::note_told(ActiveMessage& message) {
    for (std::uint32_t i = 0; i < message.outcomes.size(); ++i) {
        if (message.attempted[i] && (message.outcomes[i].kind == mail::Outcome::Kind::bounced || message.envelope->only_asks())) {
            message.stored.recipients[i].status = Status::bounced;
        }
    }
}

// That somebody was told of these recipients. It is committed with the notice that tells it: a crash leaves both or neither. Who has
// the message is written down along with it, as soon as reports of success are made: a crash before the attempt's end must not repeat that.
mail::SpoolUpdate CoreQueue::mark_of(const ActiveMessage& message, mail::NotificationKind kind, const std::vector<std::uint32_t>& recipients) {
    using Kind = mail::NotificationKind;
    mail::SpoolUpdate mark{.id = message.stored.id};
    if (kind == Kind::delay) {
        mark.delay_warned = true;
    }
    for (std::uint32_t i = 0; i < message.stored.recipients.size(); ++i) {
        mail::RecipientState state = message.stored.recipients[i];
        const bool is_told = kind != Kind::delay && std::ranges::binary_search(recipients, i);
        const bool has_it = kind != Kind::success && message.attempted[i] && state.status == Status::delivered;
        if (!is_told && !has_it) {
            continue;
        }
        if (is_told && !has_it && (kind == Kind::failure || message.envelope->only_asks())) {
            state.status = Status::bounced;
        }
        mark.recipients.emplace_back(i, std::move(state));
    }
    return mark;
}

// Everybody who is to hear of this attempt. False: the sender could not be told of what is final.
world::Task<bool> CoreQueue::tell_outcomes(ActiveMessage& message) {
    if (message.envelope->only_asks()) {
        co_return co_await report(message);
    }
    // First of all: the marks of what follows say of these, too, that they are delivered, and who is marked is never looked at again.
    co_await notify_successes(message);
    if (message.envelope->purpose == mail::Envelope::Purpose::deliver_and_report) {
        static_cast<void>(co_await report(message));
    }
    const bool sender_knows = co_await notify_failures(message);
    if (!message.withdrawn) {
        co_await warn_of_delay(message);
    }
    co_return sender_knows;
}

// sendmail -v and -bv: about the first attempt, whatever became of it.
world::Task<bool> CoreQueue::report(ActiveMessage& message) {
    mail::Notification notification = notification_of(message, mail::NotificationKind::report, std::nullopt);
    if (notification.entries.empty()) {
        co_return true;
    }
    const auto told = co_await world_.notifier.notify(std::move(notification), core_);
    if (!told && !is_withdrawn(message.stored.id, AdminAction::remove)) {
        world_.events.warn(settings_.qmgr_label, message.stored.id.text() + ": cannot report to the sender: " + told.error().text);
    }
    co_return told.has_value();
}

// Without `outcome`: about whom a report is due. A second one about the same message is due only if the first could not be written.
mail::Notification CoreQueue::notification_of(const ActiveMessage& message, mail::NotificationKind kind, std::optional<mail::Outcome::Kind> outcome) const {
    mail::Notification notification;
    notification.kind = kind;
    notification.id = message.stored.id;
    notification.envelope = message.envelope;
    std::vector<std::uint32_t> told;
    for (std::uint32_t i = 0; i < message.outcomes.size(); ++i) {
        const bool wanted = outcome ? message.outcomes[i].kind == *outcome : message.envelope->only_asks() || message.stored.recipients[i].tries <= 1;
        if (message.attempted[i] && wanted) {
            notification.entries.push_back({message.envelope->recipients[i], message.outcomes[i]});
            told.push_back(i);
        }
    }
    if (!notification.entries.empty()) {
        notification.mark = mark_of(message, kind, told);
        notification.content = world_.spool.content(message.stored.id, core_);
    }
    return notification;
}

// A bounce for each recipient, to the sender's address that names it. Who was told of is not told of again if a later one cannot be written.
world::Task<bool> CoreQueue::notify_failures_one_by_one(ActiveMessage& message) {
    for (std::uint32_t i = 0; i < message.outcomes.size(); ++i) {
        if (!message.attempted[i] || message.outcomes[i].kind != mail::Outcome::Kind::bounced) {
            continue;
        }
        mail::Notification notification{.kind = mail::NotificationKind::failure, .id = message.stored.id, .envelope = message.envelope, .entries = {}, .content = nullptr};
        notification.entries.push_back({message.envelope->recipients[i], message.outcomes[i]});
        notification.content = world_.spool.content(message.stored.id, core_);
        notification.mark = mark_of(message, notification.kind, {i});
        const bool told = co_await tell_failures(std::move(notification));
        if (!told) {
            co_return false;
        }
        message.stored.recipients[i].status = Status::bounced;
    }
    co_return true;
}

world::Task<bool> CoreQueue::notify_failures(ActiveMessage& message) {
    if (world_.notifier.tells_one_by_one(*message.envelope)) {
        co_return co_await notify_failures_one_by_one(message);
    }
    mail::Notification notification = notification_of(message, mail::NotificationKind::failure, mail::Outcome::Kind::bounced);
    if (notification.entries.empty()) {
        co_return true;
    }
    const bool told = co_await tell_failures(std::move(notification));
    if (told) {
        note_told(message);
    }
    co_return told;
}

world::Task<bool> CoreQueue::tell_failures(mail::Notification notification) {
    const mail::QueueId id = notification.id;
    const auto told = co_await world_.notifier.notify(std::move(notification), core_);
    if (!told && !is_withdrawn(id, AdminAction::remove)) {
        world_.events.warn(settings_.qmgr_label, id.text() + ": cannot notify the sender, will try again: " + told.error().text);
    }
    co_return told.has_value();
}

world::Task<void> CoreQueue::warn_of_delay(ActiveMessage& message) {
    const auto& settings = settings_;
    const auto now = core_.clock.wall_now();
    if (settings.delay_warning_time.count() == 0 || message.stored.delay_warned || now - message.envelope->arrival < settings.delay_warning_time) {
        co_return;
    }
    mail::Notification notification = notification_of(message, mail::NotificationKind::delay, mail::Outcome::Kind::deferred);
    if (notification.entries.empty()) {
        co_return;
    }
    notification.will_retry_until = message.envelope->arrival + settings.maximal_queue_lifetime;
    const auto told = co_await world_.notifier.notify(std::move(notification), core_);
    message.stored.delay_warned = told.has_value();
}

}  // namespace posthouse::queue
