#pragma once
// Pace: how many patient deliveries a core has under way. Each of their steps is a turn of the core's event loop, and the sessions
// and deliveries of new mail wait for theirs behind them: a backlog may use what time there is, but not make a long line.
#include <deque>
#include <memory>

#include "world/cores.hpp"
#include "world/task_group.hpp"

namespace posthouse::queue {

class Destination;

/// Lives on its core. Widens while the loop's turns come soon, narrows while they come late; without load it never holds anything up.
class Pace {
public:
    explicit Pace(world::Core& core) : core_(core) {}

    /// One more patient delivery may start.
    [[nodiscard]] bool has_room() const { return running_ < allowed_; }
    [[nodiscard]] bool has_resting() const { return !resting_.empty(); }
    /// The destination is told to go_on(), for one job, when its turn has come.
    void rest(Destination& destination) {
        resting_.push_back(&destination);
        look();
    }
    [[nodiscard]] std::size_t allowed() const { return allowed_; }
    [[nodiscard]] std::size_t running() const { return running_; }
    /// Forgets who rests.
    world::Task<void> stop();

    /// A patient delivery, while it runs.
    class Delivery {
    public:
        explicit Delivery(Pace& pace) : pace_(&pace) { ++pace.running_; }
        Delivery(const Delivery&) = delete;
        Delivery& operator=(const Delivery&) = delete;
        ~Delivery() {
            --pace_->running_;
            pace_->look();
        }

    private:
        Pace* pace_;
    };

private:
    // Ours. A message meets some fifteen turns from its client's connection to its next hop's reply.
    static constexpr std::chrono::milliseconds lateness_max{1};
    static constexpr std::chrono::milliseconds looks_each{10};
    static constexpr std::size_t allowed_min = 4;

    void look();
    void judge(world::Duration lateness);
    world::Task<void> keep_looking();

    world::Core& core_;
    std::size_t allowed_ = 16;
    std::size_t running_ = 0;
    std::deque<Destination*> resting_;
    bool looking_ = false;  // a turn is under way
    bool keeps_looking_ = false;
    std::shared_ptr<const bool> life_ = std::make_shared<const bool>();  // for turns that outlive us
    world::TaskGroup tasks_;
};

}  // namespace posthouse::queue
