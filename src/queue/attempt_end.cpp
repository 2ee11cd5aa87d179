// CoreQueue, the second half of a message's walk: outcomes come in, the spool learns of them. Who is told: notices.cpp.
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

// Its recipients were not attempted: they stay pending. Unless the message was withdrawn it is tried again when its other jobs
// have ended.
void CoreQueue::job_lost(mail::QueueId id) {
    const auto found = active_.find(id);
    if (stopping_ || found == active_.end()) {
        return;
    }
    if (!found->second->recalled) {
        world_.events.warn(settings_.qmgr_label, id.text() + ": a delivery could not be started, will try again");
    }
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
    if (!message.withdrawn) {
        expire(message);
    }
    if (message.withdrawn != AdminAction::remove) {
        // Once outcomes are known they are written down, even if the server stops meanwhile: what was delivered must not be
        // delivered again because somebody else's notification was cut short.
        world::Task<bool> telling = tell_outcomes(message);
        const bool sender_knows = co_await world::uncancellable(std::move(telling));
        if (sender_knows) {
            note_told(message);
        }
    }
    const auto next = co_await settle(message);
    if (next == mail::SpoolUpdate::Next::remove) {
        const std::string id_text = message.stored.id.text();
        world_.events.on(settings_.qmgr_label, observe::MessageRemoved{id_text});
    }
}

// What is to become of the message is asked before each write: an administrator may have spoken while the last one was under way,
// and what he was told is durable must not be undone.
world::Task<mail::SpoolUpdate::Next> CoreQueue::settle(ActiveMessage& message) {
    using Next = mail::SpoolUpdate::Next;
    mail::SpoolUpdate update;
    std::optional<AdminAction> wanted;
    const auto latest = [this, &message, &update, &wanted] {
        wanted = message.withdrawn;
        update = final_update(message);
        return update;
    };
    do {
        co_await apply_latest(latest);
    } while (wanted != message.withdrawn && update.next != Next::remove);
    if (update.next == Next::defer) {
        message.deferred_until = update.next_attempt;
    }
    co_return update.next;
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

mail::SpoolUpdate CoreQueue::final_update(const ActiveMessage& message) const {
    mail::SpoolUpdate update{.id = message.stored.id};
    bool pending = false;
    for (std::uint32_t i = 0; i < message.stored.recipients.size(); ++i) {
        pending = pending || message.stored.recipients[i].status == mail::RecipientState::Status::pending;
    }
    if (!pending || message.withdrawn == AdminAction::remove) {
        update.next = mail::SpoolUpdate::Next::remove;
        return update;
    }
    for (std::uint32_t i = 0; i < message.stored.recipients.size(); ++i) {
        if (message.attempted[i]) {
            update.recipients.emplace_back(i, message.stored.recipients[i]);
        }
    }
    update.next = message.withdrawn == AdminAction::hold ? mail::SpoolUpdate::Next::hold : mail::SpoolUpdate::Next::defer;
    update.next_attempt = next_attempt(message.envelope->arrival, core_.clock.wall_now(), settings_);
    if (message.stored.delay_warned) {
        update.delay_warned = true;
    }
    return update;
}

world::Task<void> CoreQueue::apply(mail::SpoolUpdate update) {
    const auto same = [update = std::move(update)] { return update; };
    co_await apply_latest(same);
}

world::Task<void> CoreQueue::apply_latest(std::function<mail::SpoolUpdate()> latest) {
    constexpr std::chrono::seconds pause{5};
    for (bool stopping = false;;) {
        mail::SpoolUpdate update = latest();
        const std::string id_text = update.id.text();
        world::Task<base::Result<void>> writing = world_.spool.update(std::move(update), core_);
        const auto written = co_await world::uncancellable(std::move(writing));
        if (written || written.error().kind == base::ErrorKind::not_found) {
            co_return;  // not found: an administrator removed it
        }
        // The disk is full or failing. What was delivered is known only here, so it is written as soon as that works again.
        world_.events.on(settings_.qmgr_label, observe::Remark{observe::Severity::error, id_text, "cannot update the spool, will try again: " + written.error().text});
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
