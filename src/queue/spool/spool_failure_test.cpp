// Every write, sync and truncation of a scenario fails once, alone or with all that follow. Whatever was reported as committed is
// there afterwards, also when the process dies at the end; whatever was reported as failed is not.
#include <gtest/gtest.h>

#include "queue/spool/failing_vfs.hpp"
#include "queue/spool/spool_test_world.hpp"

namespace posthouse::queue {

namespace {

using mail::QueueName;
using Next = mail::SpoolUpdate::Next;
using testing::FailingVfs;

// What the spool told about one message.
struct Told {
    mail::QueueId id;
    std::string content;
    bool committed = false;
    bool removed = false;
    bool change_failed = false;
    QueueName queue = QueueName::active;
};

class Scenario {
public:
    Scenario(FailingVfs& vfs, const testing::Folder& folder) : vfs_(vfs), path_(folder.file("spool.db")), copy_(folder.file("crashed.db")) {
        options_.vfs_name = vfs.name();
        options_.page_size = 32768;        // fewer calls to go through
        options_.wal_autocheckpoint = 10;  // so that checkpoints fail too
        spool_ = std::move(*SqliteSpool::open(path_, options_, world_.pool));
    }

    void play() {
        const std::size_t a = store(1000);
        const std::size_t b = store(8 * block_size + 5);
        change(a, {.next = Next::defer, .next_attempt = world_.clock.time});
        store_together(3);
        change(b, {.next = Next::remove});
        const std::size_t d = store(6 * block_size + 1);  // where b was
        store(3 * block_size);
        change(d, {.next = Next::remove});
        const std::size_t c = store(20'000);
        change(c, {.next = Next::hold});
        change(a, {.next = Next::remove});
        store(4 * block_size);
    }
    void die_and_check() {
        std::filesystem::copy(path_, copy_);
        std::filesystem::copy(path_ + "-wal", copy_ + "-wal");
        std::filesystem::copy(content_path(path_), content_path(copy_));
        vfs_.heal();
        check(std::move(spool_), Failed::must_not_exist);
        // A failed commit may come back from the WAL after a crash: then mail arrives twice, which is allowed; losing is not.
        check(std::move(*SqliteSpool::open(copy_, options_, world_.pool)), Failed::may_exist);
        check(std::move(*SqliteSpool::open(path_, options_, world_.pool)), Failed::must_not_exist);
    }
    [[nodiscard]] std::size_t failures_told() const { return failures_told_; }

private:
    enum class Failed { may_exist, must_not_exist };

    std::size_t store(std::size_t size) {
        const auto writer = spool_->create(home());
        Told told{.id = writer->queue_id(), .content = testing::text_of(size)};
        told.committed = counted(world_.await(testing::store(*writer, told.content, testing::envelope_to({"a@example.net"}))).has_value());
        told_.push_back(std::move(told));
        return told_.size() - 1;
    }
    void store_together(std::size_t count) {
        std::vector<std::unique_ptr<mail::SpoolWriter>> writers;
        std::vector<std::optional<base::Result<mail::Committed>>> results(count);
        for (auto& result : results) {
            writers.push_back(spool_->create(home()));
            world_.start(testing::store(*writers.back(), testing::text_of(300), testing::envelope_to({"a@example.net"})), result);
        }
        world_.run();
        for (std::size_t i = 0; i < count; ++i) {
            told_.push_back({.id = writers[i]->queue_id(), .content = testing::text_of(300), .committed = counted(results[i]->has_value())});
        }
    }
    void change(std::size_t index, mail::SpoolUpdate update) {
        Told& told = told_[index];
        update.id = told.id;
        const auto next = update.next;
        const auto result = world_.await(spool_->update(std::move(update), home()));
        if (!told.committed) {
            EXPECT_FALSE(result);
        } else if (counted(result.has_value())) {
            told.removed = next == Next::remove;
            told.queue = next == Next::defer ? QueueName::deferred : QueueName::hold;
        } else {
            told.change_failed = true;
        }
    }
    bool counted(bool success) {
        failures_told_ += success ? 0 : 1;
        return success;
    }
    void check(std::unique_ptr<SqliteSpool> spool, Failed failed) {
        std::size_t expected = 0;
        for (const Told& told : told_) {
            const auto message = world_.await(spool->load(told.id, home()));
            ASSERT_TRUE(message) << message.error().text;
            const bool expect = told.committed && !told.removed;
            expected += expect ? 1 : 0;
            if (told.change_failed && failed == Failed::may_exist) {
                continue;  // it was asked for; after a crash it may turn out to be done
            }
            if (expect) {
                ASSERT_TRUE(message->has_value()) << "lost " << told.id.text();
                EXPECT_EQ((*message)->queue, told.queue);
                const auto content = world_.await(testing::read_all(spool->content(told.id, home())));
                EXPECT_TRUE(content && *content == told.content);
            } else if (told.removed || failed == Failed::must_not_exist) {
                EXPECT_FALSE(message->has_value()) << "came back " << told.id.text();
            }
        }
        if (failed == Failed::must_not_exist) {
            EXPECT_EQ(world_.await(spool->list({}, 100, home()))->size(), expected);
        }
        EXPECT_TRUE(world_.await(spool->close(home())));
    }
    world::Core& home() { return world_.cores[0]; }

    FailingVfs& vfs_;
    std::string path_, copy_;
    SpoolOptions options_;
    testing::OneThread world_;
    std::unique_ptr<SqliteSpool> spool_;
    std::vector<Told> told_;
    std::size_t failures_told_ = 0;
};

void fail_every_call(FailingVfs::Fault fault, FailingVfs::Until until) {
    FailingVfs vfs("posthouse_failing");
    const bool once = until == FailingVfs::Until::next_call;
    std::size_t told = 0;
    for (long call = 1;; call += 1) {
        SCOPED_TRACE(call);
        const testing::Folder folder;
        Scenario scenario(vfs, folder);
        const long failures_before = vfs.failures();
        vfs.fail_at(call, fault, until);
        scenario.play();
        const bool reached = vfs.failures() > failures_before;
        scenario.die_and_check();
        told += scenario.failures_told();
        EXPECT_TRUE(!once || scenario.failures_told() <= 1);
        if (!reached || ::testing::Test::HasFailure()) {
            EXPECT_GT(call, 50);
            ::testing::Test::RecordProperty("calls", static_cast<int>(call));
            break;
        }
    }
    // Alone, a failure costs a retry and nobody hears of it, unless it hit a large message's content.
    EXPECT_GT(told, 0U);
}

}  // namespace

TEST(spool_failure, any_single_io_error_loses_nothing) { fail_every_call(FailingVfs::Fault::io, FailingVfs::Until::next_call); }
TEST(spool_failure, io_errors_without_end_are_told_and_lose_nothing) { fail_every_call(FailingVfs::Fault::io, FailingVfs::Until::forever); }
TEST(spool_failure, a_disk_that_is_full_for_a_moment_loses_nothing) { fail_every_call(FailingVfs::Fault::disk_full, FailingVfs::Until::next_call); }
TEST(spool_failure, a_disk_that_stays_full_is_told_and_loses_nothing) { fail_every_call(FailingVfs::Fault::disk_full, FailingVfs::Until::forever); }

TEST(spool_failure, a_full_disk_has_its_own_error_kind_and_the_spool_works_again_once_there_is_room) {
    FailingVfs vfs("posthouse_full");
    const testing::Folder folder;
    testing::OneThread world;
    SpoolOptions options;
    options.vfs_name = vfs.name();
    auto spool = std::move(*SqliteSpool::open(folder.file("spool.db"), options, world.pool));
    const auto try_store = [&] {
        const auto writer = spool->create(world.cores[0]);
        return world.await(testing::store(*writer, "text", testing::envelope_to({"a@example.net"})));
    };
    vfs.fail_at(1, FailingVfs::Fault::disk_full, FailingVfs::Until::forever);
    EXPECT_EQ(try_store().error().kind, base::ErrorKind::no_space);
    vfs.fail_at(1, FailingVfs::Fault::io, FailingVfs::Until::forever);
    EXPECT_EQ(try_store().error().kind, base::ErrorKind::io);
    vfs.heal();
    EXPECT_TRUE(try_store());
    EXPECT_TRUE(world.await(spool->close(world.cores[0])));
}

}  // namespace posthouse::queue
