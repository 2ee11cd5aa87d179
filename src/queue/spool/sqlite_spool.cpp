#include "queue/spool/sqlite_spool.hpp"

#include "queue/spool/spool_time.hpp"
#include "queue/spool/stored_content.hpp"
#include "queue/spool/writer.hpp"

namespace posthouse::queue {

namespace {

// How many rows one commit of make_all_due moves: some 50 ms, so that mail is not kept waiting.
constexpr std::size_t make_due_step = 5000;

world::Task<ChangeResult> wait_for(std::shared_ptr<world::OneShot<ChangeResult>> done) { co_return co_await done->wait(); }

}  // namespace

base::Result<std::unique_ptr<SqliteSpool>> SqliteSpool::open(std::string path, SpoolOptions options, world::BlockingPool& commit_pool) {
    auto writer = BatchWriter::open(path, options);
    if (!writer) {
        return std::unexpected(writer.error());
    }
    const auto greatest = writer->greatest_id();
    if (!greatest) {
        return std::unexpected(greatest.error());
    }
    return std::unique_ptr<SqliteSpool>(new SqliteSpool(std::move(path), std::move(options), std::move(*writer), *greatest, commit_pool));
}

SqliteSpool::SqliteSpool(std::string path, SpoolOptions options, BatchWriter writer, std::uint64_t greatest_id, world::BlockingPool& commit_pool)
    : path_(std::move(path)),
      options_(std::move(options)),
      hot_(std::make_shared<HotContent>(options_.hot_content_max)),
      unwritten_(std::make_unique<Unwritten>(options_.unwritten_max)),
      commit_(std::make_shared<GroupCommit>(std::move(writer), hot_, commit_pool)),
      last_id_(greatest_id) {}

SqliteSpool::~SqliteSpool() = default;

world::Task<base::Result<void>> SqliteSpool::close(world::Core& home) {
    readers_.with([](auto& readers) { readers.clear(); });
    Change change = CloseSpool{};
    world::Task<ChangeResult> performing = perform(std::move(change), home);
    const ChangeResult closed = co_await std::move(performing);
    if (!closed) {
        co_return std::unexpected(closed.error());
    }
    co_return base::Result<void>{};
}

mail::QueueId SqliteSpool::next_id(world::Core& home) {
    // The core that looks after the message (mail::Share) is the one that takes it in: nothing has to cross over.
    const std::uint64_t cores = std::max<std::uint64_t>(options_.cores, 1);
    const std::uint64_t remainder = home.index % cores;
    const std::int64_t now = now_number(home.clock.wall_now());
    return last_id_.with([=](std::uint64_t& last) {
        const std::uint64_t least = std::max(last + 1, now > 0 ? static_cast<std::uint64_t>(now) : 0);
        last = least + (remainder + cores - least % cores) % cores;
        return mail::QueueId{last};
    });
}

base::Result<MessageReader*> SqliteSpool::reader(world::Core& home) {
    MessageReader* const known = readers_.with([&](auto& readers) {
        if (readers.size() <= home.index) {
            readers.resize(home.index + 1);
        }
        return readers[home.index].get();
    });
    if (known != nullptr) {
        return known;
    }
    auto opened = MessageReader::open(path_, options_);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    return readers_.with([&](auto& readers) {
        readers[home.index] = std::move(*opened);
        return readers[home.index].get();
    });
}

world::Task<ChangeResult> SqliteSpool::perform(Change change, world::Core& home) {
    auto done = std::make_shared<world::OneShot<ChangeResult>>();
    commit_->submit({.change = std::move(change), .home = &home.executor, .done = done});
    world::TaskContext shield;
    world::Task<ChangeResult> waiting = wait_for(std::move(done));
    co_return co_await std::move(waiting).in_context(shield);
}

std::unique_ptr<mail::SpoolWriter> SqliteSpool::create(world::Core& home) { return std::make_unique<Writer>(*this, home, next_id(home)); }

std::shared_ptr<mail::ContentSource> SqliteSpool::content(mail::QueueId id, world::Core& home) {
    return std::make_shared<Source>(*this, home, id);
}

world::Task<base::Result<std::optional<mail::StoredMessage>>> SqliteSpool::load(mail::QueueId id, world::Core& home) {
    const auto from = reader(home);
    if (!from) {
        co_return std::unexpected(from.error());
    }
    co_return (*from)->load(id);
}

world::Task<base::Result<void>> SqliteSpool::update(mail::SpoolUpdate update, world::Core& home) {
    const ChangeResult result = co_await perform(std::move(update), home);
    if (!result) {
        co_return std::unexpected(result.error());
    }
    co_return base::Result<void>{};
}

world::Task<base::Result<std::vector<mail::StoredMessage>>> SqliteSpool::active_after(mail::QueueId after, std::size_t count, mail::Share share,
                                                                                      world::Core& home) {
    const auto from = reader(home);
    if (!from) {
        co_return std::unexpected(from.error());
    }
    co_return (*from)->active_after(after, count, share);
}

world::Task<base::Result<std::vector<mail::StoredMessage>>> SqliteSpool::due(world::WallTime now, mail::DuePosition after, std::size_t count,
                                                                             mail::Share share, world::Core& home) {
    const auto from = reader(home);
    if (!from) {
        co_return std::unexpected(from.error());
    }
    co_return (*from)->due(now, after, count, share);
}

world::Task<base::Result<std::optional<world::WallTime>>> SqliteSpool::next_due(mail::DuePosition after, mail::Share share, world::Core& home) {
    const auto from = reader(home);
    if (!from) {
        co_return std::unexpected(from.error());
    }
    co_return (*from)->next_due(after, share);
}

world::Task<base::Result<std::vector<mail::StoredMessage>>> SqliteSpool::list(mail::QueueId after, std::size_t count, world::Core& home) {
    const auto from = reader(home);
    if (!from) {
        co_return std::unexpected(from.error());
    }
    co_return (*from)->list(after, count);
}

world::Task<base::Result<void>> SqliteSpool::make_all_due(world::WallTime now, world::Core& home) {
    for (;;) {
        Change change = MakeDue{now, make_due_step};
        world::Task<ChangeResult> performing = perform(std::move(change), home);
        const ChangeResult moved = co_await std::move(performing);
        if (!moved) {
            co_return std::unexpected(moved.error());
        }
        if (*moved < make_due_step) {
            co_return base::Result<void>{};
        }
    }
}

}  // namespace posthouse::queue
