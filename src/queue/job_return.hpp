#pragma once
// JobReturn: the way of a job's outcomes back to its message. A message waits for all its jobs; so a job that is destroyed
// before it has an answer (memory ran out while it was handed on) says that it is lost, and is tried again later.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/outcome.hpp"
#include "mail/queue_id.hpp"
#include "world/clock.hpp"
#include "world/cores.hpp"

namespace posthouse::queue {

struct JobResult {
    std::vector<mail::Outcome> outcomes;
    std::string label;  // who delivered, for the log
    world::SteadyTime started;
};

/// Who waits for jobs; lives on one core.
class JobReceiver {
public:
    virtual ~JobReceiver() = default;
    virtual void job_done(mail::QueueId id, const std::vector<std::uint32_t>& recipients, JobResult result) = 0;
    virtual void job_lost(mail::QueueId id) = 0;
};

/// Made on the message's core, used or destroyed once on the destination's.
class JobReturn {
public:
    /// Where a message is at home. `life` expires before the receiver goes: what comes later is dropped.
    struct Home {
        JobReceiver& receiver;
        world::Executor& executor;
        std::weak_ptr<const void> life;
    };
    enum class Crosses : std::uint8_t { no, yes };  // cores

    JobReturn() = default;
    JobReturn(Home home, Crosses crosses, mail::QueueId id, std::vector<std::uint32_t> recipients);
    JobReturn(JobReturn&&) noexcept = default;
    JobReturn& operator=(JobReturn&& other) noexcept;
    ~JobReturn() { lose(); }

    /// The answer, once.
    void operator()(JobResult result);
    /// The message needs no answer: the server stops, and the message stays in the spool.
    void abandon() { way_.reset(); }

private:
    struct Way;
    static void arrive(Way& way);
    static void post(const std::shared_ptr<Way>& way);
    void lose() noexcept;

    std::shared_ptr<Way> way_;  // null: nothing is owed (any more)
};

}  // namespace posthouse::queue
