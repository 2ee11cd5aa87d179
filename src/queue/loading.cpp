// CoreQueue: what comes from disk: backlog and due mail.
#include "queue/core_queue.hpp"
#include "world/race.hpp"

namespace posthouse::queue {

namespace {
constexpr std::size_t messages_per_load = 200;
constexpr std::chrono::seconds longest_sleep{300};  // wall time may jump: look again
// A spool that cannot be read is asked again no sooner: what is due in it stays due, and would be asked for without end.
constexpr std::chrono::seconds unreadable_pause{5};
}  // namespace

void CoreQueue::wake() {
    woken_ = true;
    wake_.notify_all();
}

void CoreQueue::flush() {
    due_cursor_ = {};
    flushed_at_ = core_.clock.wall_now();
    for (auto& [key, destination] : destinations_) {
        destination->revive();
    }
    wake();
}

// The cursor may be past it already, if the wall clock went back and forth or there is no wait at all.
void CoreQueue::deferred_until(world::WallTime due) {
    if (due <= due_cursor_.due) {
        due_cursor_ = {};
        wake();
    } else if (due < sleeping_until_) {
        wake();
    }
}

world::Task<void> CoreQueue::keep_loading() {
    constexpr std::chrono::seconds pause{5};
    for (;;) {
        try {
            co_await load_loop();
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());  // without this loop no deferred mail would ever be tried again
        }
        loading_ = false;
        fresh_on_disk_ = true;
        fresh_cursor_ = {};
        due_cursor_ = {};
        co_await core_.clock.sleep_for(pause);
    }
}

world::Task<void> CoreQueue::load_loop() {
    for (;;) {
        woken_ = false;
        bool more = false;
        if (fresh_on_disk_ && room(Mail::fresh) > 0) {
            more = co_await load_fresh();
        }
        disk_waits_ = room(Mail::due) == 0;
        if (!disk_waits_) {
            const bool more_due = co_await load_due();
            more = more || more_due;
        }
        if (std::exchange(unreadable_, false)) {
            co_await core_.clock.sleep_for(unreadable_pause);
        } else if (!more) {
            co_await sleep_until_work();
        }
    }
}

// What an administrator did while the message was being read may be missing in what was read.
bool CoreQueue::may_activate(mail::StoredMessage& message, const Changes& changed) const {
    const auto found = changed.find(message.id);
    const bool expired = found != changed.end() && found->second == AdminAction::expire;
    message.force_expire = message.force_expire || expired;
    return !active_.contains(message.id) && (found == changed.end() || expired);
}

world::Task<bool> CoreQueue::load_fresh() {
    loading_ = true;
    const std::size_t wanted = std::min(room(Mail::fresh), messages_per_load);
    const mail::QueueId after = fresh_cursor_;
    fresh_on_disk_ = false;  // set again by whoever is not admitted while we read
    fresh_cursor_ = {~std::uint64_t{0}};
    auto loaded = co_await world_.spool.active_after(after, wanted, share_, core_);
    loading_ = false;
    const auto changed = std::exchange(changed_while_loading_, {});
    if (!loaded) {
        world_.events.warn(settings_.qmgr_label, "cannot read the queue, will try again: " + loaded.error().text);
        fresh_on_disk_ = true;
        fresh_cursor_ = after;
        unreadable_ = true;
        co_return false;
    }
    if (loaded->size() == wanted) {
        fresh_on_disk_ = true;
    }
    if (!loaded->empty()) {
        fresh_cursor_.value = std::min(fresh_cursor_.value, loaded->back().id.value);
    } else if (!fresh_on_disk_) {
        fresh_cursor_ = after;
    }
    for (mail::StoredMessage& message : *loaded) {
        if (!may_activate(message, changed) || is_damaged(message)) {
            continue;
        }
        if (room(Mail::fresh) == 0) {  // of recipients
            fresh_on_disk_ = true;
            fresh_cursor_.value = std::min(fresh_cursor_.value, message.id.value - 1);
            break;
        }
        activate(std::move(message));
    }
    co_return fresh_on_disk_;
}

world::Task<bool> CoreQueue::load_due() {
    const auto now = core_.clock.wall_now();
    if (now < due_cursor_.due) {
        due_cursor_ = {};  // the wall clock was set back
    }
    loading_ = true;
    const std::size_t wanted = std::min(room(Mail::due), messages_per_load);
    auto loaded = co_await world_.spool.due(now, due_cursor_, wanted, share_, core_);
    loading_ = false;
    const auto changed = std::exchange(changed_while_loading_, {});
    if (!loaded) {
        world_.events.warn(settings_.qmgr_label, "cannot read the deferred queue, will try again: " + loaded.error().text);
        unreadable_ = true;
        co_return false;
    }
    for (mail::StoredMessage& message : *loaded) {
        if (room(Mail::due) == 0) {  // of recipients
            co_return true;
        }
        due_cursor_ = {message.next_attempt, message.id};
        if (may_activate(message, changed) && !is_damaged(message)) {
            activate(std::move(message));
        }
    }
    co_return loaded->size() == wanted;
}

// Its row stays, and the cursors go on behind it: other mail does not wait for it.
bool CoreQueue::is_damaged(const mail::StoredMessage& message) {
    if (message.damaged && damaged_.insert(message.id).second) {
        world_.events.warn(settings_.qmgr_label, message.id.text() + ": damaged in the spool, left alone; see \"Recovery\" in docs/spool.md, or remove it (postsuper -d)");
    }
    return message.damaged;
}

world::Task<void> CoreQueue::sleep_until_work() {
    sleeping_until_ = world::WallTime::max();  // whatever is deferred from here on wakes us
    const auto next = co_await world_.spool.next_due(due_cursor_, share_, core_);
    const auto now = core_.clock.wall_now();
    auto until = now + longest_sleep;
    if (next && next->has_value() && !disk_waits_) {  // without room, the end of a message wakes us
        until = std::clamp(**next, now + std::chrono::milliseconds{1}, until);
    }
    if (woken_) {
        sleeping_until_ = {};
        co_return;
    }
    sleeping_until_ = until;
    struct Waiter {
        static world::Task<void> wait(world::Signal& signal) { co_await signal.wait(); }
    };
    world::Task<void> woken = Waiter::wait(wake_);
    world::Task<void> slept = core_.clock.sleep_for(std::chrono::duration_cast<world::Duration>(until - now));
    co_await world::race(std::move(woken), std::move(slept));
    sleeping_until_ = {};
}

}  // namespace posthouse::queue
