// CoreQueue: what an administrator does to messages. He is answered when it is durable, and from then on it holds, whatever was
// under way: jobs that have not started come back, on whatever core they wait; deliveries cannot be called back, so how they end is
// still written down.
#include "queue/core_queue.hpp"
#include "queue/queue.hpp"

namespace posthouse::queue {

namespace {

// Postfix puts released mail into the deferred queue, where the next queue run finds it, minutes later: time to say
// postsuper -h again. Ours is shorter, because nothing has to be scanned.
constexpr std::chrono::seconds release_delay{60};

}  // namespace

bool CoreQueue::is_withdrawn(mail::QueueId id, AdminAction how) const {
    const auto found = active_.find(id);
    return found != active_.end() && found->second->withdrawn == how;
}

world::Task<base::Result<std::optional<mail::QueueName>>> CoreQueue::find(mail::QueueId id, AdminAction action) {
    if (!active_.contains(id)) {
        const auto stored = co_await world_.spool.load(id, core_);
        if (!stored) {
            co_return std::unexpected(stored.error());
        }
        const bool unfit = stored->has_value() && (*stored)->damaged && (action == AdminAction::expire || action == AdminAction::flush);
        if (!active_.contains(id)) {
            co_return stored->has_value() && !unfit ? std::optional((*stored)->queue) : std::nullopt;
        }
    }
    if (is_withdrawn(id, AdminAction::remove)) {
        co_return std::nullopt;
    }
    co_return is_withdrawn(id, AdminAction::hold) ? mail::QueueName::hold : mail::QueueName::active;
}

mail::SpoolUpdate CoreQueue::update_for(mail::QueueId id, AdminAction action) const {
    using Next = mail::SpoolUpdate::Next;
    mail::SpoolUpdate update{.id = id};
    switch (action) {
        case AdminAction::remove: update.next = Next::remove; break;
        case AdminAction::hold: update.next = Next::hold; break;
        case AdminAction::release:
            update.next = Next::defer;
            update.next_attempt = core_.clock.wall_now() + release_delay;
            break;
        case AdminAction::expire: update.force_expire = true; break;
        case AdminAction::flush: update.next = Next::activate; break;
    }
    return update;
}

// If the message is active: what its attempt writes in the end says the same from now on.
world::Task<void> CoreQueue::withdraw(mail::QueueId id, AdminAction action) {
    const auto found = active_.find(id);
    if (found == active_.end()) {
        co_return;
    }
    ActiveMessage& message = *found->second;
    if (action == AdminAction::release) {
        message.withdrawn.reset();
    } else if (action == AdminAction::remove || action == AdminAction::hold) {
        message.withdrawn = action;
        message.recalled = true;
        if (message.open_jobs > 0) {
            co_await queue_.recall(id, core_);
        }
    }
}

// Behind whatever else is asked now: one walk through the destinations does for all.
world::Task<void> CoreQueue::recall(mail::QueueId id) {
    recalled_.insert(id);
    const auto turn = std::make_shared<world::OneShot<bool>>();
    core_.executor.post([turn] { turn->set(true); });
    co_await turn->wait();
    if (recalled_.empty()) {
        co_return;
    }
    const auto ids = std::exchange(recalled_, {});
    for (auto& [key, destination] : destinations_) {
        destination->recall(ids);
    }
}

world::Task<base::Result<bool>> CoreQueue::administer(mail::QueueId id, AdminAction action) {
    const bool withdraws = action == AdminAction::remove || action == AdminAction::hold;
    if (withdraws && loading_) {
        changed_while_loading_[id] = action;
    }
    world::Task<base::Result<std::optional<mail::QueueName>>> finding = find(id, action);
    const auto queue = co_await std::move(finding);
    if (!queue) {
        co_return std::unexpected(queue.error());
    }
    const bool held = *queue == mail::QueueName::hold;
    const bool wants_free = action == AdminAction::hold || action == AdminAction::flush;
    if (!queue->has_value() || (held && wants_free) || (!held && action == AdminAction::release)) {
        co_return false;
    }
    if (action == AdminAction::flush) {
        if (active_.contains(id)) {
            co_return true;  // it is being tried
        }
        flushed_.insert(id);
    }
    co_await withdraw(id, action);
    const mail::SpoolUpdate update = update_for(id, action);
    const auto written = co_await world_.spool.update(update, core_);
    if (!written || withdraws) {
        flushed_.erase(id);  // nobody comes to fetch it
    }
    if (!written) {
        if (const auto found = active_.find(id); found != active_.end() && (withdraws || action == AdminAction::release)) {
            found->second->withdrawn = held ? std::optional(AdminAction::hold) : std::nullopt;
        }
        if (written.error().kind == base::ErrorKind::not_found) {
            co_return false;  // its attempt has ended meanwhile
        }
        co_return std::unexpected(written.error());
    }
    if (withdraws && !is_withdrawn(id, action)) {
        co_await withdraw(id, action);  // it became due while we wrote
    }
    take_effect(update, action);
    co_return true;
}

// What was written, for what is in memory.
void CoreQueue::take_effect(const mail::SpoolUpdate& update, AdminAction action) {
    if (loading_ && action != AdminAction::release && action != AdminAction::flush) {
        changed_while_loading_[update.id] = action;
    }
    switch (action) {
        case AdminAction::remove:
        case AdminAction::hold: break;
        case AdminAction::release: deferred_until(update.next_attempt); break;
        case AdminAction::expire:
            if (const auto found = active_.find(update.id); found != active_.end()) {
                found->second->stored.force_expire = true;
            }
            break;
        case AdminAction::flush:
            fresh_on_disk_ = true;
            fresh_cursor_.value = std::min(fresh_cursor_.value, update.id.value - 1);
            for (auto& [key, destination] : destinations_) {
                destination->revive();
            }
            wake();
            break;
    }
}

}  // namespace posthouse::queue
