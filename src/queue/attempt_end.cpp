// CoreQueue, the second half of a message's walk: outcomes come in, the spool learns of them, the sender is told.
#include <algorithm>

#include "queue/attempt_log.hpp"
#include "queue/backoff.hpp"
#include "queue/core_queue.hpp"
#include "queue/outcome_texts.hpp"

namespace posthouse::queue {

namespace {

using Status = mail::RecipientState::Status;

SenderKind sender_kind(const mail::Envelope& envelope) {
    return envelope.reverse_path.is_null() ? SenderKind::null_reverse_path : SenderKind::ordinary;
}

}  // namespace

void CoreQueue::job_done(mail::QueueId id, const std::vector<std::uint32_t>& recipients, JobResult result) {
    const auto found = active_.find(id);
    if (found == active_.end()) {
        return;  // we are stopping
    }
    ActiveMessage& message = *found->second;
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        note(message, recipients[i], std::move(result.outcomes[i]));
    }
    for (const std::uint32_t recipient : recipients) {
        try {
            record(message, recipient, result);
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());  // a line of the log is missing
        }
    }
    const bool last = --message.open_jobs == 0;
    try {
        mail::SpoolUpdate marks{.id = id};
        for (const std::uint32_t recipient : recipients) {
            if (!last && message.stored.recipients[recipient].status == mail::RecipientState::Status::delivered) {
                marks.recipients.emplace_back(recipient, message.stored.recipients[recipient]);
            }
        }
        if (!marks.recipients.empty()) {
            // Others are still under way, maybe for long: a crash meanwhile must not deliver these again. What is marked is
            // never looked at again, so whoever wants to hear of it is told first.
            mail::Notification successes = take_successes(message, recipients);
            if (successes.entries.empty()) {
                tasks_.spawn(apply(std::move(marks)));
            } else {
                successes.mark = marks;
                ++message.open_jobs;  // the message stays until its content was read
                try {
                    tasks_.spawn(tell_then_mark(id, std::move(successes), std::move(marks)));
                } catch (...) {
                    --message.open_jobs;
                    for (const std::uint32_t recipient : recipients) {
                        message.success_told[recipient] = false;
                    }
                    throw;
                }
            }
        }
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());  // the marks are written again at the end
    }
    if (last) {
        message.all_done.set(true);
    }
}

// Its recipients were not attempted: they stay pending, and the message is tried again when its other jobs have ended.
void CoreQueue::job_lost(mail::QueueId id) {
    const auto found = active_.find(id);
    if (stopping_ || found == active_.end()) {
        return;
    }
    world_.events.warn(settings_.qmgr_label, id.text() + ": a delivery could not be started, will try again");
    job_ended(id);
}

void CoreQueue::job_ended(mail::QueueId id) {
    if (const auto found = active_.find(id); found != active_.end() && --found->second->open_jobs == 0) {
        found->second->all_done.set(true);
    }
}

void CoreQueue::settle_unroutable(ActiveMessage& message, std::uint32_t recipient, mail::Outcome outcome) {
    const JobResult result{{}, settings_.error_label, core_.clock.now()};
    note(message, recipient, std::move(outcome));
    record(message, recipient, result);
}

// First of all, and without a need for memory: what was delivered must be known, or it is delivered again.
void CoreQueue::note(ActiveMessage& message, std::uint32_t recipient, mail::Outcome outcome) noexcept {
    if (outcome.kind == mail::Outcome::Kind::delivered && !message.envelope->only_asks()) {
        message.stored.recipients[recipient].status = mail::RecipientState::Status::delivered;
    }  // a bounce and an answer are final only once the sender was told: conclude()
    message.outcomes[recipient] = std::move(outcome);
    message.attempted[recipient] = true;
}

void CoreQueue::record(ActiveMessage& message, std::uint32_t recipient, const JobResult& result) {
    mail::Outcome& outcome = message.outcomes[recipient];
    bound_texts(outcome, text_room(message.outcomes.size()));
    const bool softened = settings_.soft_bounce && outcome.kind == mail::Outcome::Kind::bounced && !message.envelope->only_asks();
    if (softened) {
        outcome.kind = mail::Outcome::Kind::deferred;
        if (!outcome.status.empty()) {
            outcome.status.front() = '4';
        }
    }
    mail::RecipientState& state = message.stored.recipients[recipient];
    ++state.tries;
    state.dsn_status = outcome.status;
    state.reason = outcome.text;
    state.remote_mta = outcome.remote_mta;
    state.diagnostic = outcome.diagnostic;

    const AttemptTimes times{.arrival = message.envelope->arrival, .activated = message.activated, .started = result.started};
    log_attempt(world_.events, result.label, message.stored.id, *message.envelope, recipient, outcome, times, core_.clock, softened ? "SOFTBOUNCE" : "");
}

world::Task<void> CoreQueue::conclude(ActiveMessage& message) {
    expire(message);
    // Once outcomes are known they are written down, even if the server stops meanwhile: what was delivered must not be
    // delivered again because somebody else's notification was cut short.
    world::Task<bool> telling = tell_outcomes(message);
    const bool sender_knows = co_await world::uncancellable(std::move(telling));
    if (sender_knows) {
        note_told(message);
    }
    const mail::QueueId id = message.stored.id;
    auto next = mail::SpoolUpdate::Next::keep;
    world::WallTime due;
    for (bool settled = false; !settled;) {
        const auto wanted = message.afterwards;
        mail::SpoolUpdate update = final_update(message);
        next = update.next;
        due = update.next_attempt;
        co_await apply(std::move(update));
        settled = wanted == message.afterwards || next == mail::SpoolUpdate::Next::remove;  // or an administrator spoke meanwhile
    }
    if (next == mail::SpoolUpdate::Next::remove) {
        world_.events.on(settings_.qmgr_label, observe::MessageRemoved{id.text()});
    } else if (next == mail::SpoolUpdate::Next::defer) {
        message.deferred_until = due;
    }
}

// Of bounces and answers: they are final now, and in the spool already if there was somebody to tell.
void CoreQueue::note_told(ActiveMessage& message) {
    for (std::uint32_t i = 0; i < message.outcomes.size(); ++i) {
        if (message.attempted[i] && (message.outcomes[i].kind == mail::Outcome::Kind::bounced || message.envelope->only_asks())) {
            message.stored.recipients[i].status = Status::bounced;
        }
    }
}

// That somebody was told of these recipients. It is committed with the notice that tells it: a crash leaves both or neither.
mail::SpoolUpdate CoreQueue::mark_of(const ActiveMessage& message, mail::NotificationKind kind, const std::vector<std::uint32_t>& recipients) {
    using Kind = mail::NotificationKind;
    mail::SpoolUpdate mark{.id = message.stored.id};
    if (kind == Kind::delay) {
        mark.delay_warned = true;
        return mark;
    }
    for (const std::uint32_t i : recipients) {
        mail::RecipientState state = message.stored.recipients[i];
        if (kind == Kind::failure || message.envelope->only_asks()) {
            state.status = Status::bounced;
        } else if (kind == Kind::report) {
            state.status = Status::pending;  // a report of the first try: what else is to be told of it comes after this
        }
        mark.recipients.emplace_back(i, std::move(state));
    }
    return mark;
}

// Everybody who is to hear of this attempt. False: the sender could not be told of what is final.
world::Task<bool> CoreQueue::tell_outcomes(ActiveMessage& message) {
    if (message.envelope->purpose != mail::Envelope::Purpose::deliver) {
        const bool reported = co_await report(message);
        if (message.envelope->only_asks()) {
            co_return reported;
        }
    }
    const bool sender_knows = co_await notify_failures(message);
    co_await notify_successes(message);
    co_await warn_of_delay(message);
    co_return sender_knows;
}

// sendmail -v and -bv: about the first attempt, whatever became of it.
world::Task<bool> CoreQueue::report(ActiveMessage& message) {
    mail::Notification notification = notification_of(message, mail::NotificationKind::report, std::nullopt);
    if (notification.entries.empty()) {
        co_return true;
    }
    const auto told = co_await world_.notifier.notify(std::move(notification), core_);
    if (!told) {
        world_.events.warn(settings_.qmgr_label, message.stored.id.text() + ": cannot report to the sender: " + told.error().text);
    }
    co_return told.has_value();
}

void CoreQueue::expire(ActiveMessage& message) {
    const mail::Envelope& envelope = *message.envelope;
    if (envelope.only_asks()) {
        return;
    }
    if (!message.stored.force_expire && !is_expired(envelope.arrival, core_.clock.wall_now(), sender_kind(envelope), settings_)) {
        return;
    }
    bool any = false;
    for (std::size_t i = 0; i < message.outcomes.size(); ++i) {
        if (message.attempted[i] && message.outcomes[i].kind == mail::Outcome::Kind::deferred) {
            message.outcomes[i].kind = mail::Outcome::Kind::bounced;
            any = true;
        }
    }
    if (any) {
        const std::string id_text = message.stored.id.text();
        world_.events.on(settings_.qmgr_label, observe::MessageExpired{id_text, envelope.reverse_path.address()});
    }
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
    const std::string id = notification.id.text();
    const auto told = co_await world_.notifier.notify(std::move(notification), core_);
    if (!told) {
        world_.events.warn(settings_.qmgr_label, id + ": cannot notify the sender, will try again: " + told.error().text);
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

mail::SpoolUpdate CoreQueue::final_update(const ActiveMessage& message) const {
    mail::SpoolUpdate update{.id = message.stored.id};
    bool pending = false;
    for (std::uint32_t i = 0; i < message.stored.recipients.size(); ++i) {
        pending = pending || message.stored.recipients[i].status == mail::RecipientState::Status::pending;
    }
    if (!pending || message.afterwards == AdminAction::remove) {
        update.next = mail::SpoolUpdate::Next::remove;
        return update;
    }
    for (std::uint32_t i = 0; i < message.stored.recipients.size(); ++i) {
        if (message.attempted[i]) {
            update.recipients.emplace_back(i, message.stored.recipients[i]);
        }
    }
    update.next = message.afterwards == AdminAction::hold ? mail::SpoolUpdate::Next::hold : mail::SpoolUpdate::Next::defer;
    update.next_attempt = next_attempt(message.envelope->arrival, core_.clock.wall_now(), settings_);
    if (message.stored.delay_warned) {
        update.delay_warned = true;
    }
    return update;
}

world::Task<void> CoreQueue::apply(mail::SpoolUpdate update) {
    constexpr std::chrono::seconds pause{5};
    for (bool stopping = false;;) {
        world::Task<base::Result<void>> writing = world_.spool.update(update, core_);
        const auto written = co_await world::uncancellable(std::move(writing));
        if (written || written.error().kind == base::ErrorKind::not_found) {
            co_return;  // not found: an administrator removed it
        }
        // The disk is full or failing. What was delivered is known only here, so it is written as soon as that works again.
        world_.events.on(settings_.qmgr_label, observe::Remark{observe::Severity::error, update.id.text(), "cannot update the spool, will try again: " + written.error().text});
        if (stopping) {
            throw world::Cancelled{};
        }
        try {
            co_await core_.clock.sleep_for(pause);
        } catch (const world::Cancelled&) {
            stopping = true;  // once more: it may work by now
        }
    }
}

}  // namespace posthouse::queue
