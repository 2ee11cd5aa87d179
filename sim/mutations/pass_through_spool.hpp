#pragma once
// PassThroughSpool: a spool that hands every call on, for defects in one of them.
#include <memory>

#include "mail/spool.hpp"

namespace posthouse::sim {

using mail::SpoolUpdate;
using world::Core;
using world::Task;

using Messages = base::Result<std::vector<mail::StoredMessage>>;

class PassThroughSpool : public mail::Spool {
public:
    explicit PassThroughSpool(mail::Spool& spool) : real(spool) {}

    std::unique_ptr<mail::SpoolWriter> create(Core& home) override { return real.create(home); }
    std::shared_ptr<mail::ContentSource> content(mail::QueueId id, Core& home) override { return real.content(id, home); }
    Task<base::Result<std::optional<mail::StoredMessage>>> load(mail::QueueId id, Core& home) override { return real.load(id, home); }
    Task<base::Result<void>> update(SpoolUpdate change, Core& home) override { return real.update(std::move(change), home); }
    Task<Messages> active_after(mail::QueueId after, std::size_t count, mail::Share share, Core& home) override {
        return real.active_after(after, count, share, home);
    }
    Task<Messages> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share, Core& home) override {
        return real.due(now, after, count, share, home);
    }
    Task<base::Result<std::optional<world::WallTime>>> next_due(mail::DuePosition after, mail::Share share, Core& home) override {
        return real.next_due(after, share, home);
    }
    Task<Messages> list(mail::QueueId after, std::size_t count, Core& home) override { return real.list(after, count, home); }
    Task<base::Result<void>> make_all_due(world::WallTime now, Core& home) override { return real.make_all_due(now, home); }

    mail::Spool& real;
};

/// The same for the writer of one message.
class PassThroughWriter : public mail::SpoolWriter {
public:
    explicit PassThroughWriter(std::unique_ptr<mail::SpoolWriter> writer) : real(std::move(writer)) {}
    [[nodiscard]] mail::QueueId queue_id() const override { return real->queue_id(); }
    Task<base::Result<void>> write(std::string_view bytes) override { return real->write(bytes); }
    Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<SpoolUpdate> along) override {
        return real->commit_along(std::move(envelope), queue, std::move(along));
    }

    void keep_readable() override { real->keep_readable(); }
    Task<base::Result<std::unique_ptr<mail::ContentReader>>> read_back() override { return real->read_back(); }
    [[nodiscard]] mail::Committed discard() override { return real->discard(); }

    std::unique_ptr<mail::SpoolWriter> real;
};

}  // namespace posthouse::sim
