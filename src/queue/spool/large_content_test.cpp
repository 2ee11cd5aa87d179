// Messages whose content lies in the content file.
#include <fstream>

#include "queue/spool/spool_fixture_test.hpp"

namespace posthouse::queue {

using Next = mail::SpoolUpdate::Next;

TEST_F(SpoolTest, parts_of_a_message_that_was_under_way_at_a_crash_are_free_when_opening) {
    open();
    const auto whole = store(testing::text_of(6 * block_size));
    auto writer = spool->create(home);
    const std::string text = testing::text_of(6 * block_size);
    EXPECT_TRUE(world.await(writer->write(text)));
    const std::string copy = folder.file("copy.db");
    std::filesystem::copy(path, copy);
    std::filesystem::copy(path + "-wal", copy + "-wal");
    std::filesystem::copy(content_path(path), content_path(copy));
    EXPECT_EQ(std::filesystem::file_size(content_path(copy)), 10 * block_size);
    writer.reset();
    world.run();
    close();
    path = copy;
    open();
    EXPECT_EQ(rows_left(), 2);
    EXPECT_EQ(content(whole).value(), testing::text_of(6 * block_size));
    store(testing::text_of(4 * block_size));
    EXPECT_EQ(std::filesystem::file_size(content_path(path)), 10 * block_size);
}

TEST_F(SpoolTest, slots_of_removed_large_messages_are_used_again) {
    open();
    const auto first = store(testing::text_of(6 * block_size));
    const auto second = store(testing::text_of(2 * block_size + 5));
    EXPECT_TRUE(update({.id = first, .next = Next::remove}));
    const auto third = store(testing::text_of(5 * block_size + 1));
    EXPECT_EQ(std::filesystem::file_size(content_path(path)), 8 * block_size + 5);
    EXPECT_EQ(content(second).value(), testing::text_of(2 * block_size + 5));
    EXPECT_EQ(content(third).value(), testing::text_of(5 * block_size + 1));
}

TEST_F(SpoolTest, a_reader_of_a_removed_message_never_gets_the_content_that_took_its_place) {
    open();
    const auto id = store(testing::text_of(3 * block_size));
    const auto source = spool->content(id, home);
    auto reader = world.await(source->open());
    ASSERT_TRUE(reader);
    EXPECT_TRUE(world.await((*reader)->next()));
    EXPECT_TRUE(update({.id = id, .next = Next::remove}));
    store(std::string(3 * block_size, 'y'));
    EXPECT_EQ(world.await((*reader)->next()).error().kind, base::ErrorKind::not_found);
}

TEST_F(SpoolTest, content_of_a_large_message_that_is_not_what_was_written_is_an_error) {
    open();
    const auto id = store(testing::text_of(3 * block_size));
    std::fstream(content_path(path)).seekp(block_size + 7).put('!');
    const auto read = content(id);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, base::ErrorKind::invalid);
    EXPECT_NE(read.error().text.find(id.text()), std::string::npos);
    std::filesystem::resize_file(content_path(path), 2 * block_size);
    EXPECT_EQ(content(id).error().kind, base::ErrorKind::invalid);
}

TEST_F(SpoolTest, a_place_that_is_damaged_is_told_at_the_start_and_harms_no_other) {
    std::vector<std::string> warnings;
    options.warn = [&](std::string_view text) { warnings.emplace_back(text); };
    open();
    const auto bad = store(testing::text_of(3 * block_size));
    const auto good = store(testing::text_of(4 * block_size));
    EXPECT_EQ(number("UPDATE large SET place = x'01' WHERE id = " + std::to_string(bad.value) + " RETURNING 1"), 1);
    reopen();
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_NE(warnings.front().find(bad.text()), std::string::npos);
    EXPECT_EQ(content(bad).error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(content(good).value(), testing::text_of(4 * block_size));
    EXPECT_TRUE(update({.id = bad, .next = Next::remove}));
}

TEST_F(SpoolTest, a_long_unused_end_goes_back_to_the_file_system) {
    open();
    const auto kept = store(testing::text_of(2 * block_size));
    const auto large = store(std::string(5000 * block_size, 'x'));
    EXPECT_GT(std::filesystem::file_size(content_path(path)), 5000 * block_size);
    EXPECT_TRUE(update({.id = large, .next = Next::remove}));
    EXPECT_LT(std::filesystem::file_size(content_path(path)), 1100 * block_size);
    EXPECT_EQ(content(kept).value(), testing::text_of(2 * block_size));
}

TEST_F(SpoolTest, a_spool_of_version_one_keeps_its_large_messages_and_loses_half_of_none) {
    {
        auto old = Database::open(path, OpenMode::read_write, "");
        ASSERT_TRUE(old);
        EXPECT_TRUE(old->execute("CREATE TABLE fresh(id INTEGER PRIMARY KEY, flags INTEGER NOT NULL, envelope BLOB NOT NULL);"
                                 "CREATE TABLE deferred(id INTEGER PRIMARY KEY, due INTEGER NOT NULL, flags INTEGER NOT NULL, envelope BLOB NOT NULL);"
                                 "CREATE INDEX deferred_due ON deferred(due, id);"
                                 "CREATE TABLE held(id INTEGER PRIMARY KEY, flags INTEGER NOT NULL, envelope BLOB NOT NULL);"
                                 "CREATE TABLE content(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
                                 "CREATE TABLE chunk(message INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(message, seq));"
                                 "CREATE TABLE recipient_state(message INTEGER NOT NULL, number INTEGER NOT NULL, state BLOB NOT NULL,"
                                 " PRIMARY KEY(message, number)) WITHOUT ROWID;"
                                 "CREATE TABLE unfinished(id INTEGER PRIMARY KEY);"
                                 "PRAGMA application_id = 1346925424; PRAGMA user_version = 1;"
                                 "INSERT INTO fresh VALUES(5, 8, x'00'); INSERT INTO content VALUES(5, zeroblob(65536)); INSERT INTO chunk VALUES(5, 1, x'6f6c64');"
                                 "INSERT INTO unfinished VALUES(6); INSERT INTO content VALUES(6, zeroblob(65536)); INSERT INTO chunk VALUES(6, 1, zeroblob(65536));"));
    }
    open();
    EXPECT_EQ(number("SELECT count(*) FROM content"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM chunk"), 1);
    EXPECT_EQ(content({5}).value(), std::string(block_size, '\0') + "old");
    EXPECT_TRUE(update({.id = {5}, .next = Next::remove}));
    EXPECT_EQ(rows_left(), 0);
}

TEST_F(SpoolTest, content_that_is_removed_while_it_is_read_is_whole_or_an_error_never_a_short_message) {
    open();
    const auto id = store(testing::text_of(2 * block_size));
    const auto source = spool->content(id, home);
    auto reader = world.await(source->open());
    ASSERT_TRUE(reader);
    EXPECT_EQ((*world.await((*reader)->next()))->size(), block_size);
    EXPECT_TRUE(update({.id = id, .next = Next::remove}));
    EXPECT_EQ(*world.await((*reader)->next()).value(), testing::text_of(2 * block_size).substr(block_size));
    EXPECT_EQ(content(id).error().kind, base::ErrorKind::not_found);
}

}  // namespace posthouse::queue
