#pragma once
// Destination: one transport and nexthop with its queue, concurrency window and dead time. Lives on its home core.
#include <deque>
#include <functional>
#include <string>

#include "mail/delivery_agent.hpp"
#include "queue/concurrency_window.hpp"
#include "queue/transport.hpp"
#include "world/cores.hpp"
#include "world/task_group.hpp"

namespace posthouse::queue {

struct JobResult {
    std::vector<mail::Outcome> outcomes;
    std::string label;  // who delivered, for the log
    world::SteadyTime started;
};

/// Some recipients of one message for one destination.
struct DeliveryJob {
    mail::DeliveryRequest request;
    bool bulk = false;  // of a message with many recipients: lets single mails overtake
    std::move_only_function<void(JobResult)> done;  // called on the destination's core
};

class Destination;

/// Deliveries of one transport under way on a core, shared by its destinations; the process limit of the service.
struct TransportLoad {
    std::size_t active = 0;
    std::deque<Destination*> waiting;  // for a slot, in turn; none is forgotten while it is in here
};

class Destination {
public:
    Destination(std::shared_ptr<const Transport> transport, const QueueSettings& settings, world::Core& core, TransportLoad& load);

    void enqueue(DeliveryJob job);
    /// What starts from now on uses `transport` and its limits; after a reload it is another one.
    void use(std::shared_ptr<const Transport> transport);
    [[nodiscard]] const std::string& transport_name() const { return transport_->name; }
    /// postqueue -f: a dead destination is tried at once.
    void revive();
    /// Nothing queued, nothing running, not (or no longer) dead: may be forgotten.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] std::size_t queued() const { return singles_.size() + bulk_.size(); }
    /// Starts what the window and the transport's process limit allow.
    void dispatch();
    /// Gives free slots of the transport to the destinations that wait for one, in turn.
    void serve_waiting();
    /// Drops waiting jobs: their messages stay in the spool.
    void drop_waiting();
    /// Waiting jobs are dropped; running ones get until `deadline`.
    world::Task<void> stop(world::Deadline deadline);

private:
    [[nodiscard]] bool may_start() const { return queued() > 0 && !window_.is_dead() && active_ < window_.size(); }
    [[nodiscard]] bool slot_is_free() const;
    void start_next();
    void wait_for_slot();
    DeliveryJob next_job();
    world::Task<void> run(DeliveryJob job);
    void feedback(const JobResult& result);
    void suspend(const mail::Outcome& cause);
    void refuse_while_dead(DeliveryJob job);

    // Every fifth start goes to bulk mail if some waits, so neither kind starves.
    static constexpr unsigned bulk_turn = 5;
    // A destination queue in memory is bounded by qmgr_message_active_limit, which bounds the messages it can come from.

    std::shared_ptr<const Transport> transport_;
    const QueueSettings& settings_;
    world::Core& core_;
    TransportLoad& load_;
    ConcurrencyWindow window_;
    std::deque<DeliveryJob> singles_;
    std::deque<DeliveryJob> bulk_;
    unsigned turn_ = 0;
    std::size_t active_ = 0;
    bool dispatching_ = false;
    bool waits_for_slot_ = false;  // listed in load_.waiting
    world::SteadyTime dead_until_{};
    std::string dead_reason_;
    std::string dead_status_;
    world::TaskGroup deliveries_;
};

}  // namespace posthouse::queue
