// Probes of address verification: a job without a message. It waits in its destination's queue as mail does, so that limits,
// pauses and dead time hold for it, but the spool never hears of it: who asked asks again.
#include "queue/attempt_log.hpp"
#include "queue/queue.hpp"

namespace posthouse::queue {

using mail::Outcome;

namespace {

/// Who waits for the one job of a probe.
class ProbeAnswer final : public JobReceiver {
public:
    ProbeAnswer(std::string label, const world::Core& home) : label_(std::move(label)), home_(home) {}
    void job_done(mail::QueueId, const std::vector<std::uint32_t>&, JobResult result) override { arrived.set(std::move(result)); }
    void job_lost(mail::QueueId) override {
        arrived.set(JobResult{{Outcome::deferred("4.3.0", "the probe was lost on its way")}, label_, home_.clock.now()});
    }

    world::OneShot<JobResult> arrived;

private:
    std::string label_;
    const world::Core& home_;
};

}  // namespace

world::Task<mail::Outcome> Queue::probe(std::string address, mail::ReversePath sender, world::Core& home) {
    auto envelope = std::make_shared<mail::Envelope>();
    envelope->purpose = mail::Envelope::Purpose::probe;
    envelope->reverse_path = std::move(sender);
    envelope->recipients.push_back({address, address, {}, {}});
    envelope->arrival = home.clock.wall_now();
    const mail::QueueId id = world_.spool.create(home)->queue_id();  // for the log alone
    world::Task<mail::Expansion> expanding = world_.router.expand(std::move(address));
    const mail::Expansion expansion = co_await std::move(expanding);
    if (expansion.state != mail::Expansion::State::done) {
        co_return Outcome::deferred("4.3.0", expansion.reason);
    }
    // Of several whom an alias stands for the first one answers for all.
    envelope->recipients.front().address = expansion.addresses.front();
    world::Task<mail::Route> resolving = world_.router.resolve_probe(expansion.addresses.front(), envelope->reverse_path);
    const mail::Route route = co_await std::move(resolving);
    JobResult result{{}, error_label_, home.clock.now()};
    if (route.state != mail::Route::State::found) {
        result.outcomes.push_back(route.state == mail::Route::State::error ? Outcome::bounced(route.status, route.reason) : Outcome::deferred(route.status, route.reason));
    } else {
        DeliveryJob job;
        job.request = {id, envelope, {0}, {route.recipient}, route.transport, route.nexthop, nullptr};
        world::Task<JobResult> asking = ask_destination(std::move(job), home);
        result = co_await std::move(asking);
    }
    const AttemptTimes times{.arrival = envelope->arrival, .activated = envelope->arrival, .started = result.started};
    log_attempt(world_.events, result.label, id, *envelope, 0, result.outcomes.front(), times, home.clock);
    co_return std::move(result.outcomes.front());
}

world::Task<JobResult> Queue::ask_destination(DeliveryJob job, world::Core& home) {
    const auto transport = world_.transports.find(job.request.transport, home.index);
    const bool one_recipient = transport && transport->settings.destination_recipient_limit == 1;
    std::string key = destination_key(job.request.transport, job.request.nexthop, one_recipient ? job.request.addresses.front() : std::string());
    const std::size_t core = home_of_destination(key);
    const auto answer = std::make_shared<ProbeAnswer>(error_label_, home);
    const auto crosses = core == home.index ? JobReturn::Crosses::no : JobReturn::Crosses::yes;
    job.done = JobReturn({*answer, home.executor, answer}, crosses, job.request.id, {0});
    const std::string name = job.request.transport;
    world_.cores.core(core).executor.post([this, core, key = std::move(key), name, job = std::move(job)]() mutable { on_core(core).enqueue(key, name, std::move(job)); });
    co_return co_await answer->arrived.wait();
}

}  // namespace posthouse::queue
