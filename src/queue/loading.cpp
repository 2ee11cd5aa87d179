// CoreQueue: what comes from disk (backlog, due mail), and what an administrator does to messages.
#include "queue/core_queue.hpp"
#include "world/race.hpp"

namespace posthouse::queue {

namespace {
constexpr std::size_t messages_per_load = 200;
constexpr std::chrono::seconds longest_sleep{300};  // wall time may jump: look again
// Postfix puts released mail into the deferred queue, where the next queue run finds it, minutes later: time to say
// postsuper -h again. Ours is shorter, because nothing has to be scanned.
constexpr std::chrono::seconds release_delay{60};
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
        if (active_.contains(message.id) || changed.contains(message.id) || is_damaged(message)) {
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
        if (!active_.contains(message.id) && !changed.contains(message.id) && !is_damaged(message)) {
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

world::Task<base::Result<bool>> CoreQueue::administer(mail::QueueId id, AdminAction action) {
    if (const auto found = active_.find(id); found != active_.end()) {
        // A delivery may be past the point where it can be called back: the action waits for its end.
        if (action == AdminAction::remove || action == AdminAction::hold) {
            found->second->afterwards = action;
            co_return true;
        }
        if (action == AdminAction::release && found->second->afterwards == AdminAction::hold) {
            found->second->afterwards.reset();
            co_return true;
        }
        if (action == AdminAction::expire) {
            found->second->stored.force_expire = true;
            co_return true;
        }
        co_return action == AdminAction::flush;
    }
    if (loading_) {
        changed_while_loading_.insert(id);
    }
    const auto stored = co_await world_.spool.load(id, core_);
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    if (!stored->has_value() || ((*stored)->damaged && (action == AdminAction::expire || action == AdminAction::flush))) {
        co_return false;
    }
    const bool held = (*stored)->queue == mail::QueueName::hold;
    mail::SpoolUpdate update{.id = id};
    switch (action) {
        case AdminAction::remove: update.next = mail::SpoolUpdate::Next::remove; break;
        case AdminAction::hold:
            if (held) {
                co_return false;
            }
            update.next = mail::SpoolUpdate::Next::hold;
            break;
        case AdminAction::release:
            if (!held) {
                co_return false;
            }
            update.next = mail::SpoolUpdate::Next::defer;
            update.next_attempt = core_.clock.wall_now() + release_delay;
            break;
        case AdminAction::expire: update.force_expire = true; break;
        case AdminAction::flush:
            if (held) {
                co_return false;
            }
            update.next = mail::SpoolUpdate::Next::activate;
            break;
    }
    if (action == AdminAction::flush) {
        flushed_.insert(id);
    }
    const bool activates = update.next == mail::SpoolUpdate::Next::activate;
    const auto due = update.next_attempt;
    const auto written = co_await world_.spool.update(std::move(update), core_);
    if (!written || action == AdminAction::remove || action == AdminAction::hold) {
        flushed_.erase(id);  // nobody comes to fetch it
    }
    if (!written) {
        co_return std::unexpected(written.error());
    }
    if (const auto found = active_.find(id); found != active_.end() && (action == AdminAction::remove || action == AdminAction::hold)) {
        found->second->afterwards = action;  // it became due while we wrote: its end must not undo this
    }
    if (const auto found = active_.find(id); found != active_.end() && action == AdminAction::expire) {
        found->second->stored.force_expire = true;
    }
    if (activates) {
        fresh_on_disk_ = true;
        fresh_cursor_.value = std::min(fresh_cursor_.value, id.value - 1);
        for (auto& [key, destination] : destinations_) {
            destination->revive();
        }
        wake();
    } else if (action == AdminAction::release) {
        deferred_until(due);
    }
    co_return true;
}

}  // namespace posthouse::queue
