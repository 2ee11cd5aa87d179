// Defects in what is read from the spool.
#include <map>

#include "sim/mutations/spool_defects.hpp"

namespace posthouse::sim {

namespace {

class CallsEarly final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    Task<Messages> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share, Core& home) override {
        constexpr std::chrono::seconds early{60};
        return real.due(now + early, after, count, share, home);
    }
};

/// Of what is read after a start the first is left out.
class SkipsInBacklog final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    Task<Messages> active_after(mail::QueueId after, std::size_t count, mail::Share share, Core& home) override {
        auto read = co_await real.active_after(after, count, share, home);
        if (read && !read->empty()) {
            read->erase(read->begin());
        }
        co_return std::move(read);
    }
};

/// What was once read is believed to be so for ever.
class StaleStates final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    Task<Messages> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share, Core& home) override {
        auto read = co_await real.due(now, after, count, share, home);
        if (read) {
            for (mail::StoredMessage& message : *read) {
                message.recipients = first_seen_.try_emplace(message.id, message.recipients).first->second;
            }
        }
        co_return std::move(read);
    }

private:
    std::map<mail::QueueId, std::vector<mail::RecipientState>> first_seen_;
};

/// Each twentieth delivery sends the content of the message before it.
class MixesUp final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::shared_ptr<mail::ContentSource> content(mail::QueueId id, Core& home) override {
        const mail::QueueId last = std::exchange(last_, id);
        return real.content(++count_ % 20 == 0 ? last : id, home);
    }

private:
    std::uint64_t count_ = 0;
    mail::QueueId last_;
};

/// The second block of a large message is the first again, as from a buffer that was not filled anew.
class RepeatsBlock final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::shared_ptr<mail::ContentSource> content(mail::QueueId id, Core& home) override { return std::make_shared<Source>(real.content(id, home)); }

private:
    struct Reader final : mail::ContentReader {
        explicit Reader(std::unique_ptr<mail::ContentReader> reader) : real(std::move(reader)) {}
        Task<base::Result<mail::Block>> next() override {
            auto block = co_await real->next();
            if (block && *block != nullptr && first != nullptr && (*block)->size() == first->size()) {
                *block = first;
            } else if (block && first == nullptr) {
                first = *block;
            }
            co_return std::move(block);
        }
        std::unique_ptr<mail::ContentReader> real;
        mail::Block first;
    };
    struct Source final : mail::ContentSource {
        explicit Source(std::shared_ptr<mail::ContentSource> source) : real(std::move(source)) {}
        Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override {
            auto opened = co_await real->open();
            if (!opened) {
                co_return std::unexpected(opened.error());
            }
            std::unique_ptr<mail::ContentReader> reader = std::make_unique<Reader>(std::move(*opened));
            co_return std::move(reader);
        }
        std::shared_ptr<mail::ContentSource> real;
    };
};

}  // namespace

std::unique_ptr<mail::Spool> calls_early(mail::Spool& spool, Scheduler&) { return std::make_unique<CallsEarly>(spool); }
std::unique_ptr<mail::Spool> skips_in_the_backlog(mail::Spool& spool, Scheduler&) { return std::make_unique<SkipsInBacklog>(spool); }
std::unique_ptr<mail::Spool> reads_stale_states(mail::Spool& spool, Scheduler&) { return std::make_unique<StaleStates>(spool); }
std::unique_ptr<mail::Spool> mixes_up_content(mail::Spool& spool, Scheduler&) { return std::make_unique<MixesUp>(spool); }
std::unique_ptr<mail::Spool> repeats_a_block(mail::Spool& spool, Scheduler&) { return std::make_unique<RepeatsBlock>(spool); }

}  // namespace posthouse::sim
