#pragma once
// Sessions between two messages, and the polite end of those that are done. Lives on one core.
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "world/clock.hpp"
#include "world/task_group.hpp"

namespace posthouse::deliver {

class ConnectionCache {
public:
    ConnectionCache(const SmtpSettings& settings, world::Clock& clock) : settings_(settings), clock_(clock) {}

    /// A delivery under `key` begins or ends: this is how the cache knows which destinations are busy.
    void begin(const std::string& key);
    void end(const std::string& key);

    /// An idle session under `key` that still looks alive; null: none.
    [[nodiscard]] std::unique_ptr<Session> take(const std::string& key);
    /// Whether a destination is in smtp_connection_cache_destinations.
    enum class Listed : std::uint8_t { no, yes };
    /// Whether, as things are, a session would be kept for the next message.
    [[nodiscard]] bool wants(const std::string& key, Listed listed) const;
    /// Keeps the session if it is clean and the destination is busy or listed; else says QUIT.
    void give_back(std::unique_ptr<Session> session, const std::string& key, Listed listed);
    /// QUIT and close in the background.
    void dismiss(std::unique_ptr<Session> session);
    /// Dismisses what is idle and waits until every connection that was dismissed is closed.
    [[nodiscard]] world::Task<void> stop();

    [[nodiscard]] std::size_t idle_count() const { return idle_.size(); }

private:
    // Ours: descriptors are shared with everything else that the server does.
    static constexpr std::size_t idle_count_max = 64;
    static constexpr std::size_t activity_count_max = 4096;

    struct Idle {
        std::string key;
        std::unique_ptr<Session> session;
        world::SteadyTime until;
    };
    struct Activity {
        std::size_t running = 0;
        std::size_t recent = 0;  // deliveries begun since `since`
        world::SteadyTime since;
    };

    [[nodiscard]] bool is_busy(const std::string& key) const;
    [[nodiscard]] bool may_be_reused(const Session& session) const;
    void forget_idle_destinations();
    world::Task<void> expire();
    world::Task<void> quit(std::unique_ptr<Session> session);

    const SmtpSettings& settings_;
    world::Clock& clock_;
    std::deque<Idle> idle_;  // the first to expire in front
    std::unordered_map<std::string, Activity> activities_;
    bool stopped_ = false;
    world::TaskGroup expiry_;
    world::TaskGroup closing_;
};

}  // namespace posthouse::deliver
