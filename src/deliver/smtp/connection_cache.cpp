#include "deliver/smtp/connection_cache.hpp"

#include <algorithm>


namespace posthouse::deliver {
namespace {
// Ours: a goodbye that nobody answers is not worth more; stopping waits for it.
constexpr std::chrono::seconds farewell_time_max{10};
}  // namespace

void ConnectionCache::begin(const std::string& key) {
    if (activities_.size() >= activity_count_max) {
        forget_idle_destinations();
    }
    Activity& activity = activities_[key];
    ++activity.running;
    if (clock_.now() - activity.since > settings_.smtp_connection_cache_time_limit) {
        activity.recent = 0;
    }
    activity.since = clock_.now();
    ++activity.recent;
}

void ConnectionCache::end(const std::string& key) {
    const auto found = activities_.find(key);
    if (found != activities_.end() && found->second.running > 0) {
        --found->second.running;
    }
}

void ConnectionCache::forget_idle_destinations() {
    const auto now = clock_.now();
    std::erase_if(activities_, [&](const auto& item) {
        return item.second.running == 0 && now - item.second.since > settings_.smtp_connection_cache_time_limit;
    });
}

// The queue does not say whether more mail waits for a destination; a second delivery within the time that a connection
// would be kept says it as well.
bool ConnectionCache::is_busy(const std::string& key) const {
    const auto found = activities_.find(key);
    return found != activities_.end() && (found->second.running > 1 || found->second.recent > 1);
}

// The first use is none: a limit of N makes N+1 uses (postconf(5), smtp_connection_reuse_count_limit).
bool ConnectionCache::may_be_reused(const Session& session) const {
    return session.condition == Session::Condition::clean &&
           clock_.now() - session.connected_at < settings_.smtp_connection_reuse_time_limit &&
           (settings_.smtp_connection_reuse_count_limit == 0 ||
            session.uses_count <= settings_.smtp_connection_reuse_count_limit);
}

std::unique_ptr<Session> ConnectionCache::take(const std::string& key) {
    // The most recently used is the least likely to have been closed by the other side.
    for (auto it = idle_.rbegin(); it != idle_.rend(); ++it) {
        if (it->key != key) {
            continue;
        }
        std::unique_ptr<Session> session = std::move(it->session);
        idle_.erase(std::next(it).base());
        if (!may_be_reused(*session)) {
            dismiss(std::move(session));
        } else if (session->io.buffered().empty() && !session->io.stream().readable_now()) {
            return session;
        }
        return take(key);  // one less is idle: this ends
    }
    return nullptr;
}

bool ConnectionCache::wants(const std::string& key, Listed listed) const {
    const bool wanted = listed == Listed::yes || (settings_.smtp_connection_cache_on_demand && is_busy(key));
    return wanted && !stopped_ && settings_.smtp_connection_cache_time_limit.count() != 0;
}

void ConnectionCache::give_back(std::unique_ptr<Session> session, const std::string& key, Listed listed) {
    if (!wants(key, listed) || !may_be_reused(*session)) {
        dismiss(std::move(session));
        return;
    }
    if (idle_.size() >= idle_count_max) {
        std::unique_ptr<Session> oldest = std::move(idle_.front().session);
        idle_.pop_front();
        dismiss(std::move(oldest));
    }
    idle_.push_back({key, std::move(session), clock_.now() + settings_.smtp_connection_cache_time_limit});
    if (expiry_.size() == 0) {
        expiry_.spawn(expire());
    }
}

world::Task<void> ConnectionCache::expire() {
    while (!idle_.empty()) {
        co_await clock_.sleep_until(idle_.front().until);
        while (!idle_.empty() && idle_.front().until <= clock_.now()) {
            std::unique_ptr<Session> session = std::move(idle_.front().session);
            idle_.pop_front();
            dismiss(std::move(session));
        }
    }
}

void ConnectionCache::dismiss(std::unique_ptr<Session> session) {
    // After stop() nobody waits for a goodbye: the last delivery of an old configuration takes the agent, and us, with it.
    if (session->condition != Session::Condition::broken && !stopped_) {
        closing_.spawn(quit(std::move(session)));
    }
}

world::Task<void> ConnectionCache::quit(std::unique_ptr<Session> session) {
    world::Deadline deadline = clock_.deadline_in(settings_.smtp_quit_timeout);
    if (session->quit_sent && !settings_.smtp_skip_quit_response) {
        const auto reply = co_await session->read_reply(deadline);
        if (!reply) {
            co_return;
        }
    } else if (session->quit_sent) {
        deadline = deadline.capped(clock_.now() + farewell_time_max);
    } else if (settings_.smtp_skip_quit_response) {
        deadline = deadline.capped(clock_.now() + farewell_time_max);
        session->io.queue("QUIT\r\n");
        const auto sent = co_await session->io.flush(deadline);
        if (!sent) {
            co_return;
        }
    } else {
        const auto reply = co_await session->command("QUIT", deadline);
        if (!reply) {
            co_return;
        }
    }
    co_await session->io.stream().shutdown(deadline);
}

world::Task<void> ConnectionCache::stop() {
    stopped_ = true;
    co_await expiry_.stop();
    while (!idle_.empty()) {
        std::unique_ptr<Session> session = std::move(idle_.front().session);
        idle_.pop_front();
        closing_.spawn(quit(std::move(session)));  // what is idle is whole
    }
    co_await closing_.wait_empty();
}

}  // namespace posthouse::deliver
