#include "queue/spool/batch_writer.hpp"

#include <gtest/gtest.h>

#include "queue/spool/spool_test_world.hpp"

namespace posthouse::queue {

TEST(batch_writer, what_became_a_message_cannot_be_abandoned) {
    const testing::Folder folder;
    auto database = Database::open(folder.file("spool.db"), OpenMode::read_write, "");
    ASSERT_TRUE(database);
    ASSERT_TRUE(prepare_for_writing(*database, {}));
    auto writer = BatchWriter::make(std::move(*database));
    ASSERT_TRUE(writer);
    const auto block = std::make_shared<const std::string>("text\r\n");
    const Request requests[] = {
        {NewMessage{.content = {.id = {1}, .blocks = {block}}, .envelope = "e"}},
        {ContentPart{.id = {2}, .blocks = {block}}},
        {NewMessage{.content = {.id = {2}, .first_block = 1, .blocks = {block}}, .envelope = "e"}},
        {ContentPart{.id = {3}, .blocks = {block, block}}},
        {Abandon{{1}}},
        {Abandon{{2}}},
        {Abandon{{3}}},
    };
    for (const ChangeResult& result : writer->apply(requests)) {
        EXPECT_TRUE(result);
    }
    auto reading = Database::open(folder.file("spool.db"), OpenMode::read_only, "");
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->number("SELECT count(*) FROM content WHERE id IN (1, 2)").value(), 2);
    EXPECT_EQ(reading->number("SELECT count(*) FROM chunk WHERE message = 2").value(), 1);
    EXPECT_EQ(reading->number("SELECT count(*) FROM content WHERE id = 3").value(), 0);
    EXPECT_EQ(reading->number("SELECT count(*) FROM chunk WHERE message = 3").value(), 0);
}

}  // namespace posthouse::queue
