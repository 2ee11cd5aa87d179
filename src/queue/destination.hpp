#pragma once
// Destination: one transport and nexthop with its queue, concurrency window and dead time. Lives on its home core.
#include <list>
#include <string>
#include <unordered_set>

#include "mail/delivery_agent.hpp"
#include "queue/concurrency_window.hpp"
#include "queue/job_return.hpp"
#include "queue/pace.hpp"
#include "queue/transport.hpp"
#include "queue/transport_load.hpp"
#include "world/cores.hpp"
#include "world/task_group.hpp"

namespace posthouse::queue {

/// Some recipients of one message for one destination.
struct DeliveryJob {
    mail::DeliveryRequest request;
    Lane lane = Lane::prompt;
    JobReturn done;  // called on the destination's core
};

class Destination {
public:
    Destination(std::shared_ptr<const Transport> transport, const QueueSettings& settings, world::Core& core, TransportLoad& load, Pace& pace);

    void enqueue(DeliveryJob job);
    /// Deliveries run, and for `patience` not one of them has ended.
    [[nodiscard]] bool is_silent(world::SteadyTime now, std::chrono::seconds patience) const;
    /// Gives the process slots of a silent destination to others: its deliveries only wait, and waiting costs no process here.
    void lend_slots();
    /// Defers what waits for a silent destination.
    void refuse_waiting();
    /// What starts from now on uses `transport` and its limits; after a reload it is another one.
    void use(std::shared_ptr<const Transport> transport);
    [[nodiscard]] const std::string& transport_name() const { return transport_->name; }
    /// postqueue -f: a dead destination is tried at once.
    void revive();
    /// Nothing queued, nothing running, not (or no longer) dead: may be forgotten.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] std::size_t queued() const { return prompt_.size() + patient_.size(); }
    /// Starts what the window and the transport's process limit allow.
    void dispatch();
    /// Gives jobs of these messages that have not started back.
    void recall(const std::unordered_set<mail::QueueId>& ids);
    /// Drops waiting jobs: their messages stay in the spool.
    void drop_waiting();
    /// Waiting jobs are dropped; running ones get until `deadline`.
    world::Task<void> stop(world::Deadline deadline);

    // What the line of the transport asks and does (TransportLoad).
    [[nodiscard]] bool may_start() const { return queued() > 0 && !window_.is_dead() && active_ < window_.size(); }
    [[nodiscard]] std::size_t process_limit() const;
    /// Starts one job with a slot that was taken for it.
    void start_next();
    void join_line();
    /// True: it is the turn of patient mail and the pace has no room for it, or of who comes anew others rest already. It rests from now on.
    enum class Comes : std::uint8_t { anew, from_line };
    [[nodiscard]] bool must_rest(Comes from);
    /// What the pace says to who rests.
    void go_on();
    void leave_line(Lane lane) { in_line_[static_cast<std::size_t>(lane)] = false; }

private:
    DeliveryJob next_job();
    world::Task<void> run(DeliveryJob job);
    void feedback(const JobResult& result);
    void suspend(const mail::Outcome& cause);
    void refuse_while_dead(DeliveryJob job);
    void release(const TransportSettings& settings);
    void give_back_slot();
    [[nodiscard]] Lane next_lane() const { return prompt_.empty() ? Lane::patient : Lane::prompt; }
    [[nodiscard]] bool waits_for_slot() const { return in_line_[0] || in_line_[1]; }
    world::Task<void> pause_destination(std::chrono::seconds delay);
    world::Task<void> pause_transport(std::chrono::seconds delay);

    // A destination queue in memory is bounded by qmgr_message_active_limit, which bounds the messages it can come from.

    std::shared_ptr<const Transport> transport_;
    const QueueSettings& settings_;
    world::Core& core_;
    TransportLoad& load_;
    Pace& pace_;
    ConcurrencyWindow window_;
    // Not std::deque, which takes 1.2 KB for two that are empty: a backlog has many destinations without a job.
    std::list<DeliveryJob> prompt_;
    std::list<DeliveryJob> patient_;
    unsigned turn_ = 0;
    std::size_t active_ = 0;
    std::size_t lent_ = 0;  // of active_: their slots are used by others
    world::SteadyTime heard_{};  // when a delivery ended, or the first one began
    bool dispatching_ = false;
    std::array<bool, 2> in_line_{};  // of load_, by Lane
    bool rests_ = false;             // pace_ knows us
    world::SteadyTime dead_until_{};
    std::string dead_reason_;
    std::string dead_status_;
    world::TaskGroup deliveries_;
    world::TaskGroup pauses_;  // of destination_rate_delay and transport_rate_delay
};

}  // namespace posthouse::queue
