#pragma once
// HastySpool: a spool with the one mistake that must never happen: it says "committed" first and commits a moment later.
// Whoever reads or changes a message waits for its commit, so that without a crash nothing can be noticed.
#include <map>
#include <memory>

#include "mail/spool.hpp"
#include "sim/sim_clock.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {

class HastySpool final : public mail::Spool, private mail::CommitAuthority {
public:
    HastySpool(mail::Spool& spool, Scheduler& scheduler) : spool_(spool), clock_(scheduler) {}

    ~HastySpool() override { tasks_.cancel(); }  // what it promised and had not begun

    std::unique_ptr<mail::SpoolWriter> create(world::Core& home) override { return std::make_unique<Writer>(*this, spool_.create(home)); }
    std::shared_ptr<mail::ContentSource> content(mail::QueueId id, world::Core& home) override {
        return std::make_shared<Source>(*this, id, spool_.content(id, home));
    }
    world::Task<base::Result<std::optional<mail::StoredMessage>>> load(mail::QueueId id, world::Core& home) override { return spool_.load(id, home); }
    world::Task<base::Result<void>> update(mail::SpoolUpdate change, world::Core& home) override {
        co_await committed(change.id);
        const auto updated = co_await spool_.update(std::move(change), home);
        co_return updated;
    }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> active_after(mail::QueueId after, std::size_t count, mail::Share share, world::Core& home) override {
        return spool_.active_after(after, count, share, home);
    }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share,
                                                                    world::Core& home) override {
        return spool_.due(now, after, count, share, home);
    }
    world::Task<base::Result<std::optional<world::WallTime>>> next_due(mail::DuePosition after, mail::Share share, world::Core& home) override {
        return spool_.next_due(after, share, home);
    }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> list(mail::QueueId after, std::size_t count, world::Core& home) override {
        return spool_.list(after, count, home);
    }
    world::Task<base::Result<void>> make_all_due(world::WallTime now, world::Core& home) override { return spool_.make_all_due(now, home); }

private:
    static constexpr std::chrono::milliseconds lie{100};

    struct Writer final : mail::SpoolWriter {
        Writer(HastySpool& spool, std::unique_ptr<mail::SpoolWriter> writer) : owner(spool), real(std::move(writer)) {}
        [[nodiscard]] mail::QueueId queue_id() const override { return real->queue_id(); }
        world::Task<base::Result<void>> write(std::string_view bytes) override { return real->write(bytes); }
        world::Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<mail::SpoolUpdate> along) override {
            const mail::QueueId id = real->queue_id();
            owner.pending_.emplace(id, std::make_unique<world::Signal>());
            owner.tasks_.spawn(owner.commit_later(std::move(real), std::move(envelope), queue, std::move(along)));
            co_return attest(id);
        }
        [[nodiscard]] mail::Committed discard() override { return real->discard(); }
        HastySpool& owner;
        std::unique_ptr<mail::SpoolWriter> real;
    };

    struct Source final : mail::ContentSource {
        Source(HastySpool& spool, mail::QueueId message, std::shared_ptr<mail::ContentSource> source) : owner(spool), id(message), real(std::move(source)) {}
        world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override {
            co_await owner.committed(id);
            auto opened = co_await real->open();
            co_return std::move(opened);
        }
        HastySpool& owner;
        mail::QueueId id;
        std::shared_ptr<mail::ContentSource> real;
    };

    world::Task<void> commit_later(std::unique_ptr<mail::SpoolWriter> writer, mail::Envelope envelope, mail::QueueName queue,
                                  std::optional<mail::SpoolUpdate> along) {
        const mail::QueueId id = writer->queue_id();
        co_await clock_.sleep_for(lie);
        const auto done = co_await writer->commit_along(std::move(envelope), queue, std::move(along));
        static_cast<void>(done);
        const auto signal = std::move(pending_.at(id));
        pending_.erase(id);
        signal->notify_all();
    }

    world::Task<void> committed(mail::QueueId id) {
        if (const auto found = pending_.find(id); found != pending_.end()) {
            co_await found->second->wait();
        }
    }

    mail::Spool& spool_;
    SimClock clock_;
    std::map<mail::QueueId, std::unique_ptr<world::Signal>> pending_;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::sim
