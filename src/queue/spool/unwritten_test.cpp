#include <gtest/gtest.h>

#include "queue/spool/spool_test_world.hpp"

namespace posthouse::queue {

namespace {

/// A spool that may keep eight blocks in memory.
class UnwrittenTest : public ::testing::Test {
protected:
    UnwrittenTest() {
        SpoolOptions options;
        options.unwritten_max = 8 * block_size;
        spool = std::move(*SqliteSpool::open(folder.file("spool.db"), options, world.pool));
    }
    ~UnwrittenTest() override { EXPECT_TRUE(world.await(spool->close(home))); }

    bool store(mail::SpoolWriter& writer, const std::string& text) {
        return world.await(testing::store(writer, text, testing::envelope_to({"a@example.net"}), mail::QueueName::active)).has_value();
    }
    std::string content(mail::QueueId id) { return world.await(testing::read_all(spool->content(id, home))).value(); }

    testing::Folder folder;
    testing::OneThread world;
    world::Core& home = world.cores[0];
    std::unique_ptr<SqliteSpool> spool;
};

}  // namespace

TEST_F(UnwrittenTest, when_memory_gets_tight_blocks_go_to_the_disk_one_by_one) {
    std::vector<std::unique_ptr<mail::SpoolWriter>> others;
    for (int i = 0; i < 2; ++i) {
        others.push_back(spool->create(home));
        EXPECT_TRUE(world.await(others.back()->write(testing::text_of(2 * block_size))));
    }
    EXPECT_EQ(world.pool.added(), 0U);  // less than a part each: they wait
    const auto writer = spool->create(home);
    EXPECT_TRUE(world.await(writer->write(testing::text_of(20 * block_size))));
    EXPECT_GT(world.pool.added(), 8U);
    EXPECT_TRUE(store(*writer, "end"));
    EXPECT_EQ(content(writer->queue_id()), testing::text_of(20 * block_size) + "end");
}

TEST_F(UnwrittenTest, content_that_finds_no_memory_is_refused_for_now_and_harms_no_other_message) {
    std::vector<std::unique_ptr<mail::SpoolWriter>> others;
    for (int i = 0; i < 2; ++i) {
        others.push_back(spool->create(home));
        EXPECT_TRUE(world.await(others.back()->write(testing::text_of(2 * block_size))));
    }
    const auto writer = spool->create(home);
    const std::string text = testing::text_of(9 * block_size);
    std::optional<base::Result<void>> written;
    world.start(writer->write(text), written);  // the disk does not move
    EXPECT_FALSE(written.has_value());
    const std::string more = testing::text_of(2 * block_size);
    std::optional<base::Result<void>> waiting;
    others.push_back(spool->create(home));
    world.start(others.back()->write(more), waiting);
    EXPECT_FALSE(waiting.has_value());
    const auto unlucky = spool->create(home);
    std::optional<base::Result<void>> refused;
    world.start(unlucky->write(more), refused);
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->error().kind, base::ErrorKind::no_space);
    EXPECT_FALSE(store(*unlucky, ""));
    world.run();
    ASSERT_TRUE(written.has_value());
    EXPECT_TRUE(*written);
    EXPECT_TRUE(store(*writer, "end"));
    for (auto& other : others) {
        EXPECT_TRUE(store(*other, "end"));
    }
    EXPECT_EQ(content(writer->queue_id()), text + "end");
    others.clear();
    const auto last = spool->create(home);  // all was given back
    EXPECT_TRUE(world.await(last->write(text)));
    EXPECT_TRUE(store(*last, "end"));
    EXPECT_EQ(content(last->queue_id()), text + "end");
}

}  // namespace posthouse::queue
