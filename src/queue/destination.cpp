#include "queue/destination.hpp"

#include "world/race.hpp"

namespace posthouse::queue {

Destination::Destination(std::shared_ptr<const Transport> transport, const QueueSettings& settings, world::Core& core, TransportLoad& load, Pace& pace)
    : transport_(std::move(transport)),
      settings_(settings),
      core_(core),
      load_(load),
      pace_(pace),
      window_(transport_->settings) {}

void Destination::use(std::shared_ptr<const Transport> transport) {
    if (transport != transport_) {
        transport_ = std::move(transport);
        window_.use(transport_->settings);
    }
}

bool Destination::is_idle() const {
    const bool dead = window_.is_dead() && core_.clock.now() < dead_until_;
    return queued() == 0 && active_ == 0 && deliveries_.size() == 0 && pauses_.size() == 0 && !dead && !waits_for_slot() && !rests_;
}

void Destination::enqueue(DeliveryJob job) {
    if (window_.is_dead()) {
        if (core_.clock.now() < dead_until_) {
            refuse_while_dead(std::move(job));
            return;
        }
        window_.revive();
    }
    (job.lane == Lane::patient ? patient_ : prompt_).push_back(std::move(job));
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
    // Who waits already goes first: a destination with much mail must not keep every slot for itself.
    while (may_start() && !in_line_[static_cast<std::size_t>(next_lane())] && !must_rest(Comes::anew)) {
        if (load_.take(process_limit())) {
            start_next();
        } else {
            join_line();
        }
    }
    dispatching_ = false;
    if (waits_for_slot()) {
        load_.offer();
    }
}

std::size_t Destination::process_limit() const {
    // With a pause between deliveries of the transport these go one by one (postconf(5), transport_rate_delay).
    return transport_->settings.transport_rate_delay.count() > 0 ? 1 : transport_->settings.process_limit;
}

void Destination::start_next() {
    if (++active_ == 1) {
        heard_ = core_.clock.now();
    }
    deliveries_.spawn(run(next_job()));
}

void Destination::join_line() {
    const Lane lane = next_lane();
    if (!std::exchange(in_line_[static_cast<std::size_t>(lane)], true)) {
        load_.wait(*this, lane);
    }
}

bool Destination::must_rest(Comes from) {
    if (next_lane() == Lane::prompt) {
        return false;
    }
    if (!rests_ && (!pace_.has_room() || (from == Comes::anew && pace_.has_resting()))) {
        rests_ = true;
        pace_.rest(*this);
    }
    return rests_;
}

void Destination::go_on() {
    rests_ = false;
    if (may_start()) {
        if (load_.take(process_limit())) {
            start_next();
        } else {
            join_line();
        }
    }
    dispatch();
}

bool Destination::is_silent(world::SteadyTime now, std::chrono::seconds patience) const {
    return active_ > 0 && now - heard_ >= patience;
}

void Destination::lend_slots() {
    if (!transport_->settings.lends_slots || transport_->settings.transport_rate_delay.count() > 0) {
        return;
    }
    while (lent_ < deliveries_.size() && lent_ < active_ && load_.lend(process_limit())) {
        ++lent_;
    }
    load_.offer();
}

void Destination::give_back_slot() {
    if (lent_ > 0) {
        --lent_;
        load_.end_loan();
    } else {
        load_.give_back();
    }
}

void Destination::refuse_waiting() {
    const std::string reason = "delivery temporarily suspended: " + (prompt_.empty() ? patient_ : prompt_).front().request.nexthop + " does not answer";
    for (auto* lane : {&prompt_, &patient_}) {
        std::list<DeliveryJob> waiting;
        waiting.swap(*lane);
        for (DeliveryJob& job : waiting) {
            JobResult result{{}, settings_.error_label, core_.clock.now()};
            result.outcomes.assign(job.request.recipients.size(), mail::Outcome::deferred("4.4.1", reason));
            job.done(std::move(result));
        }
    }
}

DeliveryJob Destination::next_job() {
    const bool take_patient = prompt_.empty() || (!patient_.empty() && ++turn_ % patient_turn == 0);
    auto& lane = take_patient ? patient_ : prompt_;
    DeliveryJob job = std::move(lane.front());
    lane.pop_front();
    return job;
}

world::Task<void> Destination::run(DeliveryJob job) {
    struct Slot {
        Destination* owner;
        ~Slot() {
            if (owner != nullptr) {
                --owner->active_;
                owner->give_back_slot();
            }
        }
    };
    const auto transport = transport_;  // a reload may replace it while we deliver
    Slot slot{this};
    std::optional<Pace::Delivery> paced;
    if (job.lane == Lane::patient) {
        paced.emplace(pace_);
    }
    JobResult result{{}, transport->label, core_.clock.now()};
    const std::size_t count = job.request.recipients.size();
    try {
        const bool only_asks = job.request.envelope->only_asks();
        world::Task<std::vector<mail::Outcome>> answering = only_asks ? transport->agent->verify(std::move(job.request)) : transport->agent->deliver(std::move(job.request));
        result.outcomes = co_await std::move(answering);
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());  // the message must hear an answer, or it is never tried again
    }
    // An agent that answers for too few recipients has a bug; doubt defers.
    result.outcomes.resize(count, mail::Outcome::deferred("4.3.0", "delivery agent gave no answer for this recipient"));
    heard_ = core_.clock.now();
    feedback(result);
    slot.owner = nullptr;
    paced.reset();
    release(transport->settings);
    job.done(std::move(result));
    dispatch();
    load_.offer();
}

// The place in this destination and the slot of the transport become free at once, or after the pause that is wanted.
void Destination::release(const TransportSettings& settings) {
    if (settings.destination_rate_delay.count() > 0) {
        pauses_.spawn(pause_destination(settings.destination_rate_delay));
    } else {
        --active_;
    }
    if (settings.transport_rate_delay.count() > 0) {
        pauses_.spawn(pause_transport(settings.transport_rate_delay));
    } else {
        give_back_slot();
    }
}

world::Task<void> Destination::pause_destination(std::chrono::seconds delay) {
    {
        struct Place {
            Destination& owner;
            ~Place() { --owner.active_; }
        };
        const Place place{*this};
        co_await core_.clock.sleep_for(delay);
    }
    dispatch();
}

world::Task<void> Destination::pause_transport(std::chrono::seconds delay) {
    {
        struct Slot {
            TransportLoad& load;
            ~Slot() { load.give_back(); }
        };
        const Slot slot{load_};
        co_await core_.clock.sleep_for(delay);
    }
    load_.offer();
}

void Destination::feedback(const JobResult& result) {
    const mail::Outcome& first = result.outcomes.front();
    if (!first.connection_failed || first.kind != mail::Outcome::Kind::deferred) {  // a clear answer, no lack of one
        window_.success(active_);
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
    for (auto* lane : {&prompt_, &patient_}) {
        std::list<DeliveryJob> waiting;
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

// Nobody answers for them: a job that is destroyed says to its message that it never started.
void Destination::recall(const std::unordered_set<mail::QueueId>& ids) {
    for (auto* lane : {&prompt_, &patient_}) {
        lane->remove_if([&ids](const DeliveryJob& job) { return ids.contains(job.request.id); });
    }
}

void Destination::drop_waiting() {
    for (auto* lane : {&prompt_, &patient_}) {
        for (DeliveryJob& job : *lane) {
            job.done.abandon();
        }
        lane->clear();
    }
}

world::Task<void> Destination::stop(world::Deadline deadline) {
    drop_waiting();
    co_await pauses_.stop();
    world::Task<void> ended = deliveries_.wait_empty();
    world::Task<void> timeout = core_.clock.sleep_until(deadline.time());
    const auto first = co_await world::race(std::move(ended), std::move(timeout));
    if (first.index() == 1) {
        co_await deliveries_.stop();
    }
    co_await pauses_.stop();  // of deliveries that ended meanwhile
}

}  // namespace posthouse::queue
