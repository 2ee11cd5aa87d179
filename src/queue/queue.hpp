#pragma once
// Queue: the CoreQueues of all cores, and the doors that the rest of the server sees.
#include <map>
#include <memory>
#include <vector>

#include "base/guarded.hpp"
#include "mail/admission.hpp"
#include "mail/prober.hpp"
#include "mail/queue_admin.hpp"
#include "queue/core_queue.hpp"
#include "world/shared_slots.hpp"

namespace posthouse::queue {

/// Under which a destination is kept; `recipient` is not empty if each has a queue of its own.
[[nodiscard]] std::string destination_key(const std::string& transport, const std::string& nexthop, const std::string& recipient);

class Queue final : public mail::Admission, public mail::QueueAdmin, public mail::Prober {
public:
    explicit Queue(QueueWorld world);
    ~Queue() override;

    /// Starts loading what is on disk; on every core.
    void start();
    /// To be awaited on core 0: stops every core's part; deliveries under way get until `deadline`.
    world::Task<void> stop(world::Deadline deadline);

    /// After a reload: for what is decided from now on, on every core.
    void use(const QueueSettings& settings);

    void committed(mail::StoredMessage message, world::Core& home) override;

    world::Task<mail::Outcome> probe(std::string address, mail::ReversePath sender, world::Core& home) override;

    world::Task<base::Result<std::vector<mail::ListedMessage>>> list(mail::QueueId after, std::size_t count, world::Core& home) override;
    world::Task<base::Result<void>> flush(world::Core& home) override;
    world::Task<base::Result<bool>> flush_message(mail::QueueId id, world::Core& home) override;
    world::Task<base::Result<bool>> remove(mail::QueueId id, world::Core& home) override;
    world::Task<base::Result<bool>> hold(mail::QueueId id, world::Core& home) override;
    world::Task<base::Result<bool>> release(mail::QueueId id, world::Core& home) override;
    world::Task<base::Result<bool>> expire(mail::QueueId id, world::Core& home) override;
    std::shared_ptr<mail::ContentSource> content(mail::QueueId id, world::Core& home) override;

    /// On every core: jobs of this message that have not started go back to it.
    world::Task<void> recall(mail::QueueId id, world::Core& home);
    [[nodiscard]] CoreQueue& on_core(std::size_t index) { return *cores_[index]; }
    /// Of the process limit of a transport, shared by all cores. Any core.
    [[nodiscard]] world::SharedSlots& slots(const std::string& transport);
    [[nodiscard]] std::size_t home_of_destination(std::string_view key) const;

private:
    world::Task<JobResult> ask_destination(DeliveryJob job, world::Core& home);
    world::Task<base::Result<bool>> administer(mail::QueueId id, CoreQueue::AdminAction action, world::Core& home);
    using Groups = std::vector<std::unique_ptr<world::TaskGroup>>;  // per core
    /// Runs `function` on another core, in its one of `groups`, and waits for its result on `home`.
    template <class T, class F>
    world::Task<T> ask(Groups& groups, std::size_t core, world::Core& home, F function);
    /// The same for every core in turn, asked from core 0.
    template <class F>
    world::Task<void> ask_all(F function);

    QueueWorld world_;
    const std::string error_label_;
    base::Guarded<std::map<std::string, std::unique_ptr<world::SharedSlots>>> slots_;
    std::vector<std::unique_ptr<CoreQueue>> cores_;
    Groups questions_;  // tasks that answer other cores
    Groups stops_;      // the same for stop(), which waits for the questions
};

}  // namespace posthouse::queue
