#include "queue/core_queue.hpp"

#include <numeric>

#include "base/assert.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/verp.hpp"
#include "queue/filter_route.hpp"
#include "queue/job_groups.hpp"
#include "queue/queue.hpp"
#include "smtp/address.hpp"

namespace posthouse::queue {

namespace {

std::size_t part_of(std::size_t limit, const mail::Share& share) { return std::max<std::size_t>(1, limit / share.count); }

}  // namespace

CoreQueue::CoreQueue(Queue& queue, const QueueWorld& world, world::Core& core)
    : queue_(queue), world_(world), settings_(world.settings), core_(core), share_{world.cores.count(), core.index}, pace_(core) {}

CoreQueue::~CoreQueue() = default;

void CoreQueue::start() { tasks_.spawn(keep_loading()); }

void CoreQueue::begin_stop() {
    stopping_ = true;
    for (auto& [key, destination] : destinations_) {
        destination->drop_waiting();
    }
}

world::Task<void> CoreQueue::stop_deliveries(world::Deadline deadline) {
    co_await pace_.stop();
    for (auto& [key, destination] : destinations_) {
        co_await destination->stop(deadline);
    }
}

world::Task<void> CoreQueue::stop_messages() {
    co_await tasks_.stop();
    active_.clear();
    destinations_.clear();
}

std::size_t CoreQueue::room(Mail kind) const {
    const auto share = [&](std::size_t limit) {
        const std::size_t part = part_of(limit, share_);
        return kind == Mail::fresh ? part : std::max<std::size_t>(1, part * 4 / 5);
    };
    // One message is let in however many recipients it has: else it would wait for ever.
    if (!active_.empty() && recipients_in_memory_ >= share(settings_.qmgr_message_recipient_limit)) {
        return 0;
    }
    const std::size_t limit = share(settings_.qmgr_message_active_limit);
    return limit > active_.size() ? limit - active_.size() : 0;
}

// Not at the first place that becomes free: each look at the disk should bring a good many messages.
bool CoreQueue::has_room_again() const {
    return active_.size() <= part_of(settings_.qmgr_message_active_limit, share_) * 3 / 4 &&
           recipients_in_memory_ <= part_of(settings_.qmgr_message_recipient_limit, share_) * 3 / 4;
}

void CoreQueue::committed(mail::StoredMessage message) {
    if (stopping_) {
        return;  // it is on disk
    }
    if (message.queue == mail::QueueName::hold || active_.contains(message.id)) {
        // Active already: the row is readable as soon as the commit is done, and we hear of the commit a moment later. It
        // cannot have been here and gone: its removal takes a later commit, whose news come after these.
        return;
    }
    if (room(Mail::fresh) == 0) {
        fresh_on_disk_ = true;
        fresh_cursor_.value = std::min(fresh_cursor_.value, message.id.value - 1);
        return;
    }
    try {
        activate(std::move(message));
    } catch (const std::exception& e) {
        world::report_unexpected(e.what());
        fresh_on_disk_ = true;
        fresh_cursor_ = {};
    }
}

void CoreQueue::activate(mail::StoredMessage message) {
    const mail::QueueId id = message.id;
    auto active = std::make_unique<ActiveMessage>();
    active->envelope = std::make_shared<const mail::Envelope>(std::move(message.envelope));
    message.envelope = {};
    active->stored = std::move(message);
    active->activated = core_.clock.wall_now();
    active->told_to_try = flushed_.erase(id) > 0 || (active->stored.queue == mail::QueueName::deferred && active->stored.next_attempt <= flushed_at_);
    const std::size_t count = active->envelope->recipients.size();
    active->stored.recipients.resize(count);
    active->outcomes.resize(count);
    active->attempted.resize(count);
    active->success_told.resize(count);
    const bool added = active_.emplace(id, std::move(active)).second;
    PH_ASSERT(added);  // a second one would take the first away under its delivery
    recipients_in_memory_ += count;
    try {
        tasks_.spawn(run(id));
    } catch (...) {
        active_.erase(id);  // nobody would ever end it
        recipients_in_memory_ -= count;
        throw;
    }
}

world::Task<void> CoreQueue::run(mail::QueueId id) {
    ActiveMessage& message = *active_.at(id);  // erased by nobody but us
    struct Leaving {
        CoreQueue& queue;
        mail::QueueId id;
        std::size_t recipients;
        ~Leaving() {
            queue.active_.erase(id);
            queue.recipients_in_memory_ -= recipients;
        }
    };
    std::optional<world::WallTime> due;
    {
        const Leaving leaving{*this, id, message.envelope->recipients.size()};
        bool failed = false;
        try {
            co_await attempt(message);
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());
            failed = true;
        }
        if (failed) {
            co_await put_off(message);
        }
        due = message.deferred_until;
    }
    if (due) {
        deferred_until(*due);  // not before it has left: the loader passes over what is active
    }
    if ((fresh_on_disk_ || disk_waits_) && has_room_again()) {
        disk_waits_ = false;
        wake();
    }
}

// A defect of ours, or no memory, not a fault of the mail: like everything in doubt it is tried again later. What jobs that are
// under way achieve is known only here, so it stays until they have ended, and until it is written down.
world::Task<void> CoreQueue::put_off(ActiveMessage& message) {
    constexpr std::chrono::seconds pause{5};
    if (message.open_jobs > 0) {
        co_await message.all_done.wait();
    }
    for (;;) {
        try {
            co_await settle(message);
            co_return;
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());
        }
        co_await core_.clock.sleep_for(pause);
    }
}

world::Task<void> CoreQueue::attempt(ActiveMessage& message) {
    const std::string id_text = message.stored.id.text();
    world_.events.on(settings_.qmgr_label,
                     observe::MessageActive{id_text, message.envelope->reverse_path.address(), message.envelope->size.count, message.envelope->recipients.size()});
    co_await start_jobs(message);
    if (message.open_jobs > 0) {
        co_await message.all_done.wait();
    }
    co_await conclude(message);
}

namespace {

// By domain, then by address, as qmgr(8) hands them out: recipients of one place stay together.
std::vector<std::uint32_t> in_delivery_order(const mail::Envelope& envelope) {
    std::vector<std::uint32_t> order(envelope.recipients.size());
    std::iota(order.begin(), order.end(), 0U);
    if (order.size() > 1) {
        std::vector<std::pair<std::string, std::string>> keys;
        keys.reserve(order.size());
        for (const mail::Recipient& recipient : envelope.recipients) {
            keys.emplace_back(base::lower(smtp::domain(recipient.address)), base::lower(recipient.address));
        }
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
    }
    return order;
}

}  // namespace

world::Task<void> CoreQueue::start_jobs(ActiveMessage& message) {
    JobGroups groups;
    const auto envelope = message.envelope;
    for (const std::uint32_t i : in_delivery_order(*envelope)) {
        if (message.stored.recipients[i].status != mail::RecipientState::Status::pending) {
            continue;
        }
        const std::string& address = envelope->recipients[i].address;
        mail::Route route;
        if (envelope->content_filter.empty() || envelope->only_asks()) {  // what a filter would say of an empty message is not the question
            route = co_await world_.router.resolve(address, envelope->reverse_path);
        } else {
            route = filter_route(envelope->content_filter, address, settings_);
        }
        if (route.state != mail::Route::State::found) {
            auto outcome = route.state == mail::Route::State::error ? mail::Outcome::bounced(route.status, route.reason) : mail::Outcome::deferred(route.status, route.reason);
            settle_unroutable(message, i, std::move(outcome));
            continue;
        }
        if (is_deferred(route.transport) && !message.told_to_try) {
            settle_unroutable(message, i, mail::Outcome::deferred("4.3.2", "deferred transport"));
            continue;
        }
        JobGroup& group = groups.of(route.transport, route.nexthop);
        group.recipients.push_back(i);
        group.addresses.push_back(std::move(route.recipient));
    }
    if (message.withdrawn) {
        co_return;
    }
    // Ours: a job that ends at once must not end the message, nor one that is lost while others are under way.
    struct Held {
        std::size_t& open_jobs;
        explicit Held(std::size_t& jobs) : open_jobs(jobs) { ++open_jobs; }
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;
        ~Held() { --open_jobs; }
    };
    const Held held(message.open_jobs);
    for (JobGroup& group : groups.all()) {
        const auto transport = world_.transports.find(group.transport, core_.index);
        const std::size_t wanted = transport ? transport->settings.destination_recipient_limit : 0;
        const RecipientLimit kind = wanted == 1 ? RecipientLimit::one : RecipientLimit::more;
        // A sender for each recipient is a delivery for each, though in the queue of them all.
        const std::size_t limit = !envelope->verp_delimiters.empty() ? 1 : wanted > 0 ? wanted : group.recipients.size();
        for (std::size_t at = 0; at < group.recipients.size(); at += limit) {
            const auto end = static_cast<std::ptrdiff_t>(std::min(at + limit, group.recipients.size()));
            const auto begin = static_cast<std::ptrdiff_t>(at);
            post_job(message, group.transport, group.nexthop, kind, {group.recipients.begin() + begin, group.recipients.begin() + end},
                     {std::make_move_iterator(group.addresses.begin() + begin), std::make_move_iterator(group.addresses.begin() + end)});
        }
    }
}

bool CoreQueue::is_deferred(std::string_view transport) const {
    const auto& names = settings_.defer_transports;
    return std::find(names.begin(), names.end(), transport) != names.end();
}

void CoreQueue::post_job(ActiveMessage& message, const std::string& transport, const std::string& nexthop, RecipientLimit limit,
                         std::vector<std::uint32_t> recipients, std::vector<std::string> addresses) {
    // More recipients than one transaction's worth is what bulk mail looks like; qmgr's preemption serves the same end.
    constexpr std::size_t bulk_recipients = 10;

    // A limit of one recipient means a queue for each of them (postconf(5), default_destination_recipient_limit).
    const std::string key = destination_key(transport, nexthop, limit == RecipientLimit::one ? addresses.front() : std::string());
    const std::size_t home = queue_.home_of_destination(key);
    world::Core& home_core = world_.cores.core(home);
    const mail::QueueId id = message.stored.id;
    const auto crosses = home == core_.index ? JobReturn::Crosses::no : JobReturn::Crosses::yes;
    DeliveryJob job;
    const bool retry = message.stored.queue == mail::QueueName::deferred;
    job.lane = retry || message.envelope->recipients.size() > bulk_recipients ? Lane::patient : Lane::prompt;
    job.request = {id, message.envelope, recipients, std::move(addresses), transport, nexthop, world_.spool.content(id, home_core)};
    if (!message.envelope->verp_delimiters.empty()) {
        job.request.envelope = std::make_shared<const mail::Envelope>(mail::envelope_for(*message.envelope, message.envelope->recipients[recipients.front()]));
        job.request.recipients = {0};
    }
    job.done = JobReturn({*this, core_.executor, life_}, crosses, id, std::move(recipients));
    ++message.open_jobs;  // from here on the job answers, or says that it is lost
    if (crosses == JobReturn::Crosses::no) {
        enqueue(key, transport, std::move(job));
        return;
    }
    home_core.executor.post([&queue = queue_, home, key, transport, job = std::move(job)]() mutable { queue.on_core(home).enqueue(key, transport, std::move(job)); });
}

void CoreQueue::enqueue(const std::string& key, const std::string& transport_name, DeliveryJob job) {
    if (stopping_) {
        job.done.abandon();
        return;
    }
    auto transport = world_.transports.find(transport_name, core_.index);
    if (!transport) {
        JobResult result{{}, settings_.error_label, core_.clock.now()};
        result.outcomes.assign(job.request.recipients.size(), mail::Outcome::deferred("4.3.5", "mail transport unavailable"));
        world_.events.warn(settings_.qmgr_label, "no master.cf service for transport " + transport_name);
        job.done(std::move(result));
        return;
    }
    const std::string nexthop = job.request.nexthop;
    Destination& to = destination(key, std::move(transport));
    to.enqueue(std::move(job));
    warn_of_clog(to, nexthop);
    watch_silence();
}

void CoreQueue::warn_of_clog(const Destination& destination, std::string_view nexthop) {
    const std::size_t waiting = destination.queued();
    if (waiting <= settings_.qmgr_message_active_limit / 5 || settings_.qmgr_clog_warn_time.count() == 0 ||
        (clog_warned_at_ && core_.clock.now() - *clog_warned_at_ < settings_.qmgr_clog_warn_time)) {
        return;
    }
    clog_warned_at_ = core_.clock.now();
    world_.events.warn(settings_.qmgr_label, base::format("mail for {} is using up {} of {} active queue entries; if its servers are slow or away, shorter timeouts of "
                                                          "their transport and a longer minimal_backoff_time leave more room for other mail",
                                                          nexthop, waiting, settings_.qmgr_message_active_limit));
}

TransportLoad& CoreQueue::load(const std::string& transport_name) {
    if (const auto found = loads_.find(transport_name); found != loads_.end()) {
        return found->second;
    }
    const auto wake = [this, transport_name](std::size_t core) {
        world_.cores.core(core).executor.post([&queue = queue_, core, transport_name] { queue.on_core(core).serve_transport(transport_name); });
    };
    return loads_.try_emplace(transport_name, queue_.slots(transport_name), core_.index, wake).first->second;
}

void CoreQueue::serve_transport(const std::string& name) {
    if (!stopping_) {
        load(name).serve();
    }
}

Destination& CoreQueue::destination(const std::string& key, std::shared_ptr<const Transport> transport) {
    if (auto found = destinations_.find(key); found != destinations_.end()) {
        found->second->use(std::move(transport));
        return *found->second;
    }
    if (destinations_.size() >= sweep_destinations_at_) {
        forget_idle_destinations();
    }
    TransportLoad& slots = load(transport->name);
    return *destinations_.emplace(key, std::make_unique<Destination>(std::move(transport), settings_, core_, slots, pace_)).first->second;
}

void CoreQueue::use(QueueSettings settings) {
    settings_ = std::move(settings);
    if (stopping_) {
        return;
    }
    for (auto& [key, destination] : destinations_) {
        if (auto transport = world_.transports.find(destination->transport_name(), core_.index)) {
            destination->use(std::move(transport));
        }
    }
    for (auto& [key, destination] : destinations_) {
        destination->dispatch();  // there may be more slots than before
    }
    wake();  // and more room
}

void CoreQueue::forget_idle_destinations() {
    constexpr std::size_t sweep_min = 1000;
    std::erase_if(destinations_, [](const auto& entry) { return entry.second->is_idle(); });
    sweep_destinations_at_ = std::max(sweep_min, 2 * destinations_.size());  // the cost of sweeping stays in proportion
}

}  // namespace posthouse::queue
