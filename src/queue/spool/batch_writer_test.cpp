#include "queue/spool/batch_writer.hpp"

#include <gtest/gtest.h>

#include "queue/spool/spool_test_world.hpp"

namespace posthouse::queue {

TEST(batch_writer, what_became_a_message_cannot_be_abandoned) {
    const testing::Folder folder;
    auto writer = BatchWriter::open(folder.file("spool.db"), {});
    ASSERT_TRUE(writer);
    const auto block = std::make_shared<const std::string>("text\r\n");
    const auto full = std::make_shared<const std::string>(block_size, 'x');
    const Request requests[] = {
        {NewMessage{.content = {.id = {1}, .blocks = {block}}, .envelope = "e"}},
        {ContentPart{.id = {2}, .blocks = {full}}},
        {NewMessage{.content = {.id = {2}, .first_block = 1, .blocks = {block}}, .envelope = "e"}},
        {ContentPart{.id = {3}, .blocks = {full, full}}},
        {Abandon{{1}}},
        {Abandon{{2}}},
        {Abandon{{3}}},
    };
    for (const ChangeResult& result : writer->apply(requests)) {
        EXPECT_TRUE(result);
    }
    auto reader = MessageReader::open(folder.file("spool.db"), {});
    ASSERT_TRUE(reader);
    EXPECT_EQ(*(*reader)->block({1}, 0).value(), *block);
    EXPECT_EQ(*(*reader)->block({2}, 0).value(), *full);
    EXPECT_EQ(*(*reader)->block({2}, 1).value(), *block);
    EXPECT_EQ((*reader)->block({3}, 0).value(), nullptr);
}

}  // namespace posthouse::queue
