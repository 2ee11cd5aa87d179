// Defects in what is changed in the spool.
#include "sim/mutations/spool_defects.hpp"
#include "sim/sim_clock.hpp"

namespace posthouse::sim {

namespace {

using Next = SpoolUpdate::Next;
using Status = mail::RecipientState::Status;

/// Changes an update before it is applied, alone or along with a message.
template <class Change>
class ChangesUpdates final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    Task<base::Result<void>> update(SpoolUpdate change, Core& home) override {
        Change{}(change);
        return real.update(std::move(change), home);
    }
    std::unique_ptr<mail::SpoolWriter> create(Core& home) override { return std::make_unique<Writer>(real.create(home)); }

private:
    struct Writer final : PassThroughWriter {
        using PassThroughWriter::PassThroughWriter;
        Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<SpoolUpdate> along) override {
            if (along) {
                Change{}(*along);
            }
            return real->commit_along(std::move(envelope), queue, std::move(along));
        }
    };
};

struct RetriesEarly {
    void operator()(SpoolUpdate& change) const {
        constexpr std::chrono::seconds earlier{30};
        if (change.next == Next::defer) {
            change.next_attempt -= earlier;
        }
    }
};

template <Status forgotten>
struct Forgets {
    void operator()(SpoolUpdate& change) const {
        std::erase_if(change.recipients, [](const auto& entry) { return entry.second.status == forgotten; });
    }
};

/// Each seventh removal is said to be done, and is not.
class KeepsRemoved final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    Task<base::Result<void>> update(SpoolUpdate change, Core& home) override {
        if (change.next == Next::remove && ++count_ % 7 == 0) {
            co_return base::Result<void>{};
        }
        const auto done = co_await real.update(std::move(change), home);
        co_return done;
    }

private:
    std::uint64_t count_ = 0;
};

/// A message is removed as soon as somebody asks for its content: the mark comes before the delivery.
class RemovesFirst final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    Task<base::Result<void>> update(SpoolUpdate change, Core& home) override {
        if (change.next == Next::defer) {
            change.next = Next::remove;
        }
        return real.update(std::move(change), home);
    }
};

/// One update is done, and whoever waits for it hears of it two hours later.
class AnswersLate final : public PassThroughSpool {
public:
    AnswersLate(mail::Spool& spool, Scheduler& scheduler) : PassThroughSpool(spool), clock_(scheduler) {}
    Task<base::Result<void>> update(SpoolUpdate change, Core& home) override {
        const auto done = co_await real.update(std::move(change), home);
        if (++count_ == 3) {
            co_await clock_.sleep_for(std::chrono::hours(2));
        }
        co_return done;
    }

private:
    std::uint64_t count_ = 0;
    SimClock clock_;
};

}  // namespace

std::unique_ptr<mail::Spool> retries_early(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesUpdates<RetriesEarly>>(spool); }
std::unique_ptr<mail::Spool> forgets_who_has_it(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesUpdates<Forgets<Status::delivered>>>(spool); }
std::unique_ptr<mail::Spool> forgets_who_was_told(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesUpdates<Forgets<Status::bounced>>>(spool); }
std::unique_ptr<mail::Spool> keeps_what_was_removed(mail::Spool& spool, Scheduler&) { return std::make_unique<KeepsRemoved>(spool); }
std::unique_ptr<mail::Spool> removes_before_delivery(mail::Spool& spool, Scheduler&) { return std::make_unique<RemovesFirst>(spool); }
std::unique_ptr<mail::Spool> answers_late(mail::Spool& spool, Scheduler& scheduler) { return std::make_unique<AnswersLate>(spool, scheduler); }

}  // namespace posthouse::sim
