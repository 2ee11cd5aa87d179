#include "queue/destination.hpp"

#include "world/race.hpp"

namespace posthouse::queue {

Destination::Destination(std::shared_ptr<const Transport> transport, const QueueSettings& settings, world::Core& core, TransportLoad& load)
    : transport_(std::move(transport)),
      settings_(settings),
      core_(core),
      load_(load),
      window_(transport_->settings) {}

void Destination::use(std::shared_ptr<const Transport> transport) {
    if (transport != transport_) {
        transport_ = std::move(transport);
        window_.use(transport_->settings);
    }
}

bool Destination::is_idle() const {
    const bool dead = window_.is_dead() && core_.clock.now() < dead_until_;
    return queued() == 0 && active_ == 0 && deliveries_.size() == 0 && !dead && !waits_for_slot_;
}

void Destination::enqueue(DeliveryJob job) {
    if (window_.is_dead()) {
        if (core_.clock.now() < dead_until_) {
            refuse_while_dead(std::move(job));
            return;
        }
        window_.revive();
    }
    (job.bulk ? bulk_ : singles_).push_back(std::move(job));
    dispatch();
}

void Destination::revive() {
    if (window_.is_dead()) {
        window_.revive();
    }
}

void Destination::dispatch() {
    if (dispatching_) {
        return;  // a delivery that ended at once called us from inside the loop below
    }
    dispatching_ = true;
    while (may_start()) {
        // Who waits already goes first: a destination with much mail must not keep every slot for itself.
        if (!slot_is_free() || !load_.waiting.empty()) {
            wait_for_slot();
            break;
        }
        start_next();
    }
    dispatching_ = false;
}

bool Destination::slot_is_free() const {
    const std::size_t process_limit = transport_->settings.process_limit;
    return process_limit == 0 || load_.active < process_limit;
}

void Destination::start_next() {
    ++active_;
    ++load_.active;
    deliveries_.spawn(run(next_job()));
}

void Destination::wait_for_slot() {
    if (!std::exchange(waits_for_slot_, true)) {
        load_.waiting.push_back(this);
    }
}

// One job each, then to the end of the line.
void Destination::serve_waiting() {
    while (!load_.waiting.empty() && load_.waiting.front()->slot_is_free()) {
        Destination& next = *load_.waiting.front();
        load_.waiting.pop_front();
        next.waits_for_slot_ = false;
        if (!next.may_start()) {
            continue;
        }
        next.start_next();
        if (next.may_start()) {
            next.wait_for_slot();
        }
    }
}

DeliveryJob Destination::next_job() {
    const bool take_bulk = singles_.empty() || (!bulk_.empty() && ++turn_ % bulk_turn == 0);
    auto& lane = take_bulk ? bulk_ : singles_;
    DeliveryJob job = std::move(lane.front());
    lane.pop_front();
    return job;
}

world::Task<void> Destination::run(DeliveryJob job) {
    struct Slot {
        Destination& owner;
        ~Slot() {
            --owner.active_;
            --owner.load_.active;
        }
    };
    const auto transport = transport_;  // a reload may replace it while we deliver
    JobResult result{{}, transport->label, core_.clock.now()};
    {
        const Slot slot{*this};
        const std::size_t count = job.request.recipients.size();
        try {
            result.outcomes = co_await transport->agent->deliver(std::move(job.request));
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());  // the message must hear an answer, or it is never tried again
        }
        // An agent that answers for too few recipients has a bug; doubt defers.
        result.outcomes.resize(count, mail::Outcome::deferred("4.3.0", "delivery agent gave no answer for this recipient"));
    }
    feedback(result);
    job.done(std::move(result));
    dispatch();
    serve_waiting();
}

void Destination::feedback(const JobResult& result) {
    const mail::Outcome& first = result.outcomes.front();
    if (!first.connection_failed) {
        window_.success();
        return;
    }
    window_.failure();
    if (window_.is_dead()) {
        suspend(first);
    }
}

void Destination::suspend(const mail::Outcome& cause) {
    dead_until_ = core_.clock.now() + settings_.minimal_backoff_time;
    dead_reason_ = "delivery temporarily suspended: " + cause.text;
    dead_status_ = cause.status;
    for (auto* lane : {&singles_, &bulk_}) {
        std::deque<DeliveryJob> waiting;
        waiting.swap(*lane);
        for (DeliveryJob& job : waiting) {
            refuse_while_dead(std::move(job));
        }
    }
}

void Destination::refuse_while_dead(DeliveryJob job) {
    JobResult result{{}, settings_.error_label, core_.clock.now()};
    result.outcomes.assign(job.request.recipients.size(), mail::Outcome::deferred(dead_status_, dead_reason_));
    job.done(std::move(result));
}

void Destination::drop_waiting() {
    singles_.clear();
    bulk_.clear();
}

world::Task<void> Destination::stop(world::Deadline deadline) {
    drop_waiting();
    world::Task<void> ended = deliveries_.wait_empty();
    world::Task<void> timeout = core_.clock.sleep_until(deadline.time());
    const auto first = co_await world::race(std::move(ended), std::move(timeout));
    if (first.index() == 1) {
        co_await deliveries_.stop();
    }
}

}  // namespace posthouse::queue
