#pragma once
// CoreQueue: the messages that one core looks after (id % cores), from "durable" to "gone", and the destinations that are
// at home on it. Memory is bounded by qmgr_message_active_limit and qmgr_message_recipient_limit; all else waits on disk, in
// order of arrival or due time.
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "mail/notifier.hpp"
#include "mail/router.hpp"
#include "mail/spool.hpp"
#include "observe/event.hpp"
#include "queue/destination.hpp"
#include "queue/settings.hpp"
#include "queue/transport.hpp"
#include "world/cores.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::queue {

class Queue;

/// The doors and settings that every CoreQueue works with; all outlive it.
struct QueueWorld {
    world::Cores& cores;
    mail::Spool& spool;
    mail::Router& router;
    mail::Notifier& notifier;
    observe::EventSink& events;
    const Transports& transports;
    const QueueSettings& settings;  // to begin with; read by the constructor only
};

class CoreQueue final : private JobReceiver {
public:
    CoreQueue(Queue& queue, const QueueWorld& world, world::Core& core);
    ~CoreQueue() override;

    void start();
    // Stopping, in three steps that every core has taken before the next one begins: results cross between cores.
    /// Nothing new is started; what waits is dropped and stays in the spool.
    void begin_stop();
    /// Deliveries under way end, at `deadline` by cancellation; their results are on the way to their messages.
    world::Task<void> stop_deliveries(world::Deadline deadline);
    /// What has ended is recorded; the rest is forgotten until the next start.
    world::Task<void> stop_messages();

    /// A message of this core became durable.
    void committed(mail::StoredMessage message);
    /// A job for a destination that is at home here; `key` is that of queue_.home_of_destination().
    void enqueue(const std::string& key, const std::string& transport_name, DeliveryJob job);
    /// Another core left slots of this transport for what waits here.
    void serve_transport(const std::string& name);
    /// Looks at the disk again: something became due, was released, or was told to be tried now.
    void wake();
    void flush();
    /// For what is decided from now on; after a reload.
    void use(QueueSettings settings);

    enum class AdminAction : std::uint8_t { remove, hold, release, flush, expire };
    /// False: no such message, or not in a state in which the action means anything. Durable when it returns, also of a message
    /// that is active: of one that is removed or held nothing more starts then, on no core (administer.cpp).
    world::Task<base::Result<bool>> administer(mail::QueueId id, AdminAction action);
    /// Jobs of this message that wait here go back to it, as lost ones do.
    world::Task<void> recall(mail::QueueId id);

    [[nodiscard]] std::size_t core_index() const { return core_.index; }
    [[nodiscard]] std::size_t active_count() const { return active_.size(); }
    [[nodiscard]] bool is_active(mail::QueueId id) const { return active_.contains(id); }

private:
    struct ActiveMessage {
        mail::StoredMessage stored;
        std::shared_ptr<const mail::Envelope> envelope;
        world::WallTime activated;
        std::size_t open_jobs = 0;
        world::OneShot<bool> all_done;
        std::vector<mail::Outcome> outcomes;  // by recipient index; those attempted this time
        std::vector<bool> attempted;
        std::vector<bool> success_told;       // whose delivery was reported before the attempt was over
        bool told_to_try = false;             // flushed: defer_transports does not apply this time
        std::optional<AdminAction> withdrawn;   // remove or hold: nothing more of it starts, what is under way ends
        bool recalled = false;                  // it was withdrawn, maybe for a while only: jobs come back without an answer
        std::optional<world::WallTime> deferred_until;  // how the attempt ended
    };

    // activation and delivery
    void activate(mail::StoredMessage message);
    world::Task<void> run(mail::QueueId id);
    world::Task<void> put_off(ActiveMessage& message);
    world::Task<void> attempt(ActiveMessage& message);
    world::Task<void> start_jobs(ActiveMessage& message);
    enum class RecipientLimit : std::uint8_t { one, more };
    void post_job(ActiveMessage& message, const std::string& transport, const std::string& nexthop, RecipientLimit limit, std::vector<std::uint32_t> recipients,
                  std::vector<std::string> addresses);
    void job_done(mail::QueueId id, const std::vector<std::uint32_t>& recipients, JobResult result) override;
    void job_lost(mail::QueueId id) override;
    void job_ended(mail::QueueId id);
    void note(ActiveMessage& message, std::uint32_t recipient, mail::Outcome outcome) noexcept;
    void record(ActiveMessage& message, std::uint32_t recipient, const JobResult& result);
    [[nodiscard]] bool is_deferred(std::string_view transport) const;
    void settle_unroutable(ActiveMessage& message, std::uint32_t recipient, mail::Outcome outcome);

    // the end of an attempt
    world::Task<void> conclude(ActiveMessage& message);
    world::Task<mail::SpoolUpdate::Next> settle(ActiveMessage& message);
    void expire(ActiveMessage& message);
    [[nodiscard]] mail::Notification notification_of(const ActiveMessage& message, mail::NotificationKind kind, std::optional<mail::Outcome::Kind> outcome) const;
    static void note_told(ActiveMessage& message);
    [[nodiscard]] static mail::SpoolUpdate mark_of(const ActiveMessage& message, mail::NotificationKind kind, const std::vector<std::uint32_t>& recipients);
    world::Task<bool> notify_failures(ActiveMessage& message);
    world::Task<bool> notify_failures_one_by_one(ActiveMessage& message);
    world::Task<bool> tell_failures(mail::Notification notification);
    world::Task<bool> report(ActiveMessage& message);
    world::Task<bool> tell_outcomes(ActiveMessage& message);
    /// Of the deliveries to these recipients that the sender is to hear of, those that nobody has been told of; they count as told.
    [[nodiscard]] mail::Notification take_successes(ActiveMessage& message, const std::vector<std::uint32_t>& among);
    world::Task<void> tell_then_mark(mail::QueueId id, mail::Notification successes, mail::SpoolUpdate marks);
    world::Task<void> notify_successes(ActiveMessage& message);
    world::Task<void> tell_of_delivery(mail::Notification notification);
    world::Task<void> warn_of_delay(ActiveMessage& message);
    world::Task<void> apply(mail::SpoolUpdate update);
    world::Task<void> apply_latest(std::function<mail::SpoolUpdate()> latest);
    [[nodiscard]] mail::SpoolUpdate final_update(const ActiveMessage& message) const;

    // what an administrator does
    [[nodiscard]] bool is_withdrawn(mail::QueueId id, AdminAction how) const;
    world::Task<base::Result<std::optional<mail::QueueName>>> find(mail::QueueId id, AdminAction action);
    [[nodiscard]] mail::SpoolUpdate update_for(mail::QueueId id, AdminAction action) const;
    world::Task<void> withdraw(mail::QueueId id, AdminAction action);
    void take_effect(const mail::SpoolUpdate& update, AdminAction action);

    // from disk
    using Changes = std::unordered_map<mail::QueueId, AdminAction>;
    [[nodiscard]] bool may_activate(mail::StoredMessage& message, const Changes& changed) const;
    world::Task<void> keep_loading();
    world::Task<void> load_loop();
    world::Task<bool> load_fresh();
    world::Task<bool> load_due();
    world::Task<void> sleep_until_work();
    /// Whether it cannot be read, and is left where it is.
    [[nodiscard]] bool is_damaged(const mail::StoredMessage& message);
    void deferred_until(world::WallTime due);
    /// For how many more messages there is room. Of due mail a fifth of the places is kept free, so that a backlog that is tried
    /// again does not send new mail to the end of the disk's line.
    enum class Mail : std::uint8_t { fresh, due };
    [[nodiscard]] std::size_t room(Mail kind) const;
    [[nodiscard]] bool has_room_again() const;
    void warn_of_clog(const Destination& destination, std::string_view nexthop);

    // destinations that take connections and say nothing (silence.cpp)
    [[nodiscard]] bool is_crowded() const;
    [[nodiscard]] bool is_half_full() const;
    void watch_silence();
    world::Task<void> keep_watch();
    void relieve();

    TransportLoad& load(const std::string& transport_name);
    Destination& destination(const std::string& key, std::shared_ptr<const Transport> transport);
    void forget_idle_destinations();

    Queue& queue_;
    const QueueWorld& world_;
    QueueSettings settings_;
    world::Core& core_;
    mail::Share share_;

    std::unordered_map<mail::QueueId, std::unique_ptr<ActiveMessage>> active_;
    std::size_t recipients_in_memory_ = 0;  // of active_
    Pace pace_;
    std::unordered_map<std::string, std::unique_ptr<Destination>> destinations_;
    std::unordered_map<std::string, TransportLoad> loads_;

    bool stopping_ = false;
    bool fresh_on_disk_ = true;  // after a start there may be
    mail::QueueId fresh_cursor_{};
    mail::DuePosition due_cursor_{};
    bool loading_ = false;
    Changes changed_while_loading_;
    std::unordered_set<mail::QueueId> recalled_;  // their jobs that wait here are swept away next
    bool woken_ = false;
    bool disk_waits_ = false;  // there was no room to look at the disk
    bool watching_ = false;    // keep_watch() runs
    bool unreadable_ = false;  // the last read failed
    std::unordered_set<mail::QueueId> damaged_;  // warned of
    std::size_t sweep_destinations_at_ = 1000;
    std::optional<world::SteadyTime> clog_warned_at_;
    world::WallTime flushed_at_{};                // what was due by then is tried whatever defer_transports says
    std::unordered_set<mail::QueueId> flushed_;   // single messages told to be tried
    world::WallTime sleeping_until_{};
    world::Signal wake_;
    std::shared_ptr<const bool> life_ = std::make_shared<const bool>();  // for jobs that outlive us
    world::TaskGroup tasks_;
};

}  // namespace posthouse::queue
