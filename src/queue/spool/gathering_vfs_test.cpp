#include "queue/spool/gathering_vfs.hpp"

#include <gtest/gtest.h>

#include "queue/spool/failing_vfs.hpp"
#include "queue/spool/spool_test_world.hpp"
#include "queue/spool/sqlite.hpp"

namespace posthouse::queue {

namespace {

// A connection in write-ahead mode with one table, over a VFS that counts what reaches it.
struct Logged {
    testing::FailingVfs below{"posthouse_below"};
    testing::Folder folder;
    base::Result<Database> database = Database::open(folder.file("a.db"), OpenMode::read_write, below.name());

    Logged() { EXPECT_TRUE(database->execute("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(data)")); }
    base::Result<void> insert(int rows, int bytes) {
        return database->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(rows) +
                                 ") INSERT INTO t SELECT zeroblob(" + std::to_string(bytes) + ") FROM n");
    }
    std::int64_t rows_seen_by_another() {
        auto other = Database::open(folder.file("a.db"), OpenMode::read_only, "");
        return other->number("SELECT count(*) FROM t")->value_or(-1);
    }
};

}  // namespace

TEST(gathering_vfs, a_commit_reaches_the_log_in_one_write_and_one_sync) {
    Logged world;
    const long before = world.below.calls();
    ASSERT_TRUE(world.insert(8, 10000));
    EXPECT_EQ(world.below.calls() - before, 2);
    EXPECT_EQ(world.rows_seen_by_another(), 8);
}

TEST(gathering_vfs, a_commit_of_any_size_is_whole) {
    Logged world;
    ASSERT_TRUE(world.insert(300, 10000));  // more than the VFS below takes at once
    EXPECT_EQ(world.rows_seen_by_another(), 300);
    EXPECT_EQ(world.database->number("SELECT sum(length(data)) FROM t")->value_or(0), 3000000);
}

TEST(gathering_vfs, a_write_that_fails_fails_the_commit_and_the_next_one_is_whole) {
    Logged world;
    world.below.fail_at(1, testing::FailingVfs::Fault::disk_full, testing::FailingVfs::Until::next_call);
    const auto failed = world.insert(3, 10000);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, base::ErrorKind::no_space);
    world.database->roll_back();
    EXPECT_EQ(world.rows_seen_by_another(), 0);
    ASSERT_TRUE(world.insert(2, 10000));
    EXPECT_EQ(world.rows_seen_by_another(), 2);
}

TEST(gathering_vfs, what_a_large_transaction_spilled_is_read_back) {
    Logged world;
    ASSERT_TRUE(world.database->execute("PRAGMA cache_size = 5"));
    ASSERT_TRUE(world.database->execute("BEGIN"));
    ASSERT_TRUE(world.insert(200, 10000));
    EXPECT_EQ(world.database->number("SELECT sum(length(data)) FROM t")->value_or(0), 2000000);
    ASSERT_TRUE(world.database->execute("UPDATE t SET data = zeroblob(9000)"));
    ASSERT_TRUE(world.database->execute("COMMIT"));
    EXPECT_EQ(world.rows_seen_by_another(), 200);
    EXPECT_EQ(world.database->number("SELECT sum(length(data)) FROM t")->value_or(0), 1800000);
}

}  // namespace posthouse::queue
