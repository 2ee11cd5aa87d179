#include "queue/spool/sqlite_spool.hpp"

#include <fstream>

#include "queue/spool/spool_fixture_test.hpp"

namespace posthouse::queue {

using namespace std::chrono_literals;
using mail::QueueName;
using Next = mail::SpoolUpdate::Next;

TEST_F(SpoolTest, a_committed_message_is_there_with_envelope_and_content_also_after_reopening) {
    open();
    const mail::Envelope envelope = testing::envelope_to({"a@example.net", "b@example.net"});
    const auto id = store("Subject: x\r\n\r\nbody\r\n", envelope);
    for (int opened = 0; opened < 2; ++opened) {
        EXPECT_EQ(active(), std::vector{id});
        const auto message = load(id);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->envelope, envelope);
        EXPECT_EQ(message->queue, QueueName::active);
        EXPECT_EQ(message->recipients, std::vector<mail::RecipientState>(2));
        EXPECT_EQ(content(id).value(), "Subject: x\r\n\r\nbody\r\n");
        reopen();
    }
}

TEST_F(SpoolTest, content_of_every_size_around_the_block_and_part_limits_round_trips) {
    open();
    const std::size_t part = 4 * block_size;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, block_size - 1, block_size, block_size + 1, part - 1, part, part + 1, 2 * part,
                                   5 * part + 77}) {
        const std::string text = testing::text_of(size);
        const auto id = store(text);
        EXPECT_EQ(content(id).value(), text) << size;
        reopen();  // nothing is hot now
        EXPECT_EQ(content(id).value(), text) << size;
        EXPECT_TRUE(update({.id = id, .next = Next::remove}));
        EXPECT_EQ(rows_left(), 0) << size;
    }
}

TEST_F(SpoolTest, a_message_that_is_never_committed_leaves_nothing) {
    open();
    for (const std::size_t size : {std::size_t{100}, 6 * block_size}) {
        auto writer = spool->create(home);
        const std::string text = testing::text_of(size);
        EXPECT_TRUE(world.await(writer->write(text)));
        writer.reset();
        world.run();
        EXPECT_EQ(rows_left(), 0) << size;
    }
}

TEST_F(SpoolTest, writing_waits_while_too_much_is_on_its_way_to_the_disk) {
    open();
    const auto writer = spool->create(home);
    const std::string part = testing::text_of(4 * block_size);
    std::optional<base::Result<void>> first;
    std::optional<base::Result<void>> second;
    world.start(writer->write(part), first);
    EXPECT_TRUE(first.has_value());  // one part under way is fine
    world.start(writer->write(part), second);
    EXPECT_FALSE(second.has_value());
    world.run();
    ASSERT_TRUE(second.has_value());
    EXPECT_TRUE(*second);
}

TEST_F(SpoolTest, requests_that_gather_share_one_commit_and_one_post_per_core) {
    open();
    std::vector<std::unique_ptr<mail::SpoolWriter>> writers;
    std::vector<std::optional<base::Result<mail::Committed>>> results(10);
    for (std::size_t i = 0; i < results.size(); ++i) {
        writers.push_back(spool->create(world.cores[i % 2]));
        world.start(testing::store(*writers[i], "text", testing::envelope_to({"a@example.net"})), results[i]);
    }
    EXPECT_EQ(world.pool.added(), 1U);
    world.run();
    EXPECT_EQ(world.pool.added(), 1U);
    EXPECT_EQ(world.executors[0].added(), 1U);
    EXPECT_EQ(world.executors[1].added(), 1U);
    for (const auto& result : results) {
        EXPECT_TRUE(result.value());
    }
    EXPECT_EQ(active().size(), 10U);
}

TEST_F(SpoolTest, a_cancelled_caller_still_waits_for_its_commit) {
    open();
    const auto writer = spool->create(home);
    std::optional<base::Result<mail::Committed>> result;
    world.start(testing::store(*writer, "text", testing::envelope_to({"a@example.net"})), result);
    world.tasks.cancel();
    EXPECT_EQ(world.tasks.size(), 1U);
    world.run();
    EXPECT_EQ(world.tasks.size(), 0U);
    EXPECT_EQ(active(), std::vector{writer->queue_id()});
}

TEST_F(SpoolTest, a_request_for_an_unknown_message_is_refused_and_does_not_disturb_its_batch) {
    open();
    const auto id = store("text");
    std::optional<base::Result<void>> unknown;
    std::optional<base::Result<void>> known;
    world.start(spool->update({.id = mail::QueueId{42}, .next = Next::remove}, home), unknown);
    world.start(spool->update({.id = id, .next = Next::remove}, home), known);
    world.run();
    EXPECT_EQ(unknown->error().kind, base::ErrorKind::not_found);
    EXPECT_TRUE(*known);
    EXPECT_EQ(rows_left(), 0);
}

TEST_F(SpoolTest, ids_ascend_while_the_clock_stands_still_and_after_it_went_back) {
    open();
    const auto first = store("1");
    const auto second = store("2");
    EXPECT_EQ(first.value, 1'750'000'000'000'000U);
    EXPECT_LT(first, second);
    world.clock.time -= 24h;
    reopen();
    EXPECT_LT(second, store("3"));
}

TEST_F(SpoolTest, recipient_states_are_remembered_and_go_with_the_message) {
    open();
    const auto id = store("text", testing::envelope_to({"a@example.net", "b@example.net"}));
    const mail::RecipientState delivered{.status = mail::RecipientState::Status::delivered, .tries = 1, .dsn_status = "2.0.0"};
    const mail::RecipientState waiting{.tries = 1, .dsn_status = "4.4.1", .reason = "connection timed out"};
    EXPECT_TRUE(update({.id = id, .recipients = {{0, delivered}}}));
    EXPECT_EQ(active(), std::vector{id});
    EXPECT_TRUE(update({.id = id, .recipients = {{1, waiting}}, .next = Next::defer, .next_attempt = start + 5min, .delay_warned = true}));
    reopen();
    const auto message = load(id);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->recipients, (std::vector{delivered, waiting}));
    EXPECT_EQ(message->queue, QueueName::deferred);
    EXPECT_EQ(message->next_attempt, start + 5min);
    EXPECT_TRUE(message->delay_warned);
    EXPECT_FALSE(message->force_expire);
    EXPECT_TRUE(update({.id = id, .next = Next::remove}));
    EXPECT_EQ(rows_left(), 0);
}

TEST_F(SpoolTest, a_message_moves_between_the_queues_with_all_that_is_known_about_it) {
    open();
    const mail::RecipientState waiting{.tries = 3, .reason = "later"};
    const auto id = store(testing::text_of(3 * block_size), testing::envelope_to({"a@example.net"}), QueueName::hold);
    const auto before = load(id)->envelope;
    EXPECT_TRUE(update({.id = id, .recipients = {{0, waiting}}, .force_expire = true}));
    const std::pair<Next, QueueName> moves[] = {{Next::activate, QueueName::active}, {Next::defer, QueueName::deferred}, {Next::hold, QueueName::hold},
                                                {Next::defer, QueueName::deferred},  {Next::defer, QueueName::deferred}, {Next::activate, QueueName::active},
                                                {Next::activate, QueueName::active}, {Next::hold, QueueName::hold},      {Next::keep, QueueName::hold}};
    for (const auto& [next, queue] : moves) {
        EXPECT_TRUE(update({.id = id, .next = next, .next_attempt = start}));
        const auto message = load(id);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->queue, queue);
        EXPECT_EQ(message->envelope, before);
        EXPECT_EQ(message->recipients, std::vector{waiting});
        EXPECT_TRUE(message->force_expire);
    }
    EXPECT_EQ(content(id).value(), testing::text_of(3 * block_size));
}

TEST_F(SpoolTest, due_messages_come_longest_due_first_and_never_early) {
    open();
    const auto a = store("a");
    const auto b = store("b");
    const auto c = store("c");
    EXPECT_EQ(world.await(spool->next_due({}, {}, home)).value(), std::nullopt);
    defer(a, start + 2min);
    defer(b, start + 1min + 1ns);
    defer(c, start + 2min);
    EXPECT_TRUE(active().empty());
    EXPECT_EQ(world.await(spool->next_due({}, {}, home)).value(), start + 1min + 1us);
    EXPECT_TRUE(due(start + 1min).empty());
    EXPECT_EQ(due(start + 1min + 1us), std::vector{b});
    EXPECT_EQ(due(start + 2min), (std::vector{b, a, c}));
    EXPECT_EQ(ids(world.await(spool->due(start + 2min, {}, 2, {}, home))), (std::vector{b, a}));
    EXPECT_EQ(ids(world.await(spool->due(start + 2min, {.due = start + 2min, .id = a}, 2, {}, home))), std::vector{c});
    EXPECT_TRUE(world.await(spool->make_all_due(start, home)));
    EXPECT_EQ(due(start), (std::vector{a, b, c}));
    EXPECT_EQ(ids(world.await(spool->due(start, {.due = start, .id = a}, 100, {}, home))), (std::vector{b, c}));
    EXPECT_EQ(world.await(spool->next_due({.due = start, .id = b}, {}, home)).value(), start);
    EXPECT_EQ(world.await(spool->next_due({.due = start, .id = c}, {}, home)).value(), std::nullopt);
}

TEST_F(SpoolTest, make_all_due_moves_more_messages_than_one_commit_takes) {
    open();
    EXPECT_EQ(number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)"
                     " INSERT INTO deferred SELECT i, i + 4000000000000000, 0, x'00' FROM n RETURNING 1"),
              1);
    EXPECT_EQ(number("SELECT count(*) FROM deferred"), 12000);
    EXPECT_TRUE(world.await(spool->make_all_due(start, home)));
    EXPECT_EQ(number("SELECT count(*) FROM deferred WHERE due > 1750000000000000"), 0);
}

TEST_F(SpoolTest, lists_page_through_all_queues_in_order_of_arrival) {
    open();
    const auto a = store("a");
    const auto b = store("b");
    const auto c = store("c", testing::envelope_to({"a@example.net"}), QueueName::hold);
    const auto d = store("d");
    defer(a, start);
    EXPECT_EQ(ids(world.await(spool->list({}, 3, home))), (std::vector{a, b, c}));
    EXPECT_EQ(ids(world.await(spool->list(c, 3, home))), std::vector{d});
    EXPECT_EQ(ids(world.await(spool->active_after({}, 1, {}, world.cores[1]))), std::vector{b});
    EXPECT_EQ(ids(world.await(spool->active_after(b, 9, {}, world.cores[1]))), std::vector{d});
}

TEST_F(SpoolTest, a_just_committed_message_is_read_from_memory_until_it_leaves_the_active_queue) {
    open();
    const auto id = store("hot");
    EXPECT_EQ(number("UPDATE content SET data = x'636f6c64' RETURNING 1"), 1);
    EXPECT_EQ(content(id).value(), "hot");
    defer(id, start);
    EXPECT_EQ(content(id).value(), "cold");
}

TEST_F(SpoolTest, a_damaged_row_is_read_as_such_in_its_place_and_can_be_held_and_removed) {
    open();
    const auto bad = store("bad");
    const auto good = store("good");
    EXPECT_EQ(number("UPDATE fresh SET envelope = x'0107' WHERE id = " + std::to_string(bad.value) + " RETURNING 1"), 1);
    const auto fresh = world.await(spool->active_after({}, 9, {}, home));
    ASSERT_EQ(ids(fresh), (std::vector{bad, good}));
    EXPECT_TRUE(fresh->front().damaged);
    EXPECT_FALSE(fresh->back().damaged);
    defer(bad, start);
    defer(good, start + std::chrono::seconds(1));
    const auto due = world.await(spool->due(start, {}, 9, {}, home));
    ASSERT_EQ(ids(due), std::vector{bad});
    EXPECT_TRUE(due->front().damaged);
    EXPECT_EQ(world.await(spool->next_due({start, bad}, {}, home)), start + std::chrono::seconds(1));
    EXPECT_EQ(ids(world.await(spool->list({}, 9, home))), (std::vector{bad, good}));
    EXPECT_EQ(content(bad).value(), "bad");  // postcat
    EXPECT_TRUE(world.await(spool->update({.id = bad, .next = mail::SpoolUpdate::Next::hold}, home)));
    const auto held = world.await(spool->load(bad, home));
    ASSERT_TRUE(held && *held);
    EXPECT_TRUE((*held)->damaged);
    EXPECT_EQ((*held)->queue, mail::QueueName::hold);
    EXPECT_TRUE(world.await(spool->update({.id = bad, .next = mail::SpoolUpdate::Next::remove}, home)));
    EXPECT_EQ(ids(world.await(spool->list({}, 9, home))), std::vector{good});
}

TEST_F(SpoolTest, files_that_are_no_spool_or_of_a_newer_release_are_refused_untouched) {
    std::ofstream(path) << std::string(8192, 'x');
    auto opened = SqliteSpool::open(path, options, world.pool);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::ErrorKind::invalid);
    EXPECT_NE(opened.error().text.find(path), std::string::npos);
    EXPECT_NE(opened.error().text.find("docs/spool.md"), std::string::npos);

    path = folder.file("foreign.db");
    EXPECT_TRUE(Database::open(path, OpenMode::read_write, "")->execute("CREATE TABLE bookmarks(url)"));
    opened = SqliteSpool::open(path, options, world.pool);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text.find("not a spool"), std::string::npos);
    EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 1);

    path = folder.file("newer.db");
    open();
    close();
    EXPECT_TRUE(Database::open(path, OpenMode::read_write, "")->execute("PRAGMA user_version = 99"));
    opened = SqliteSpool::open(path, options, world.pool);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text.find("newer release"), std::string::npos);
}

TEST_F(SpoolTest, tools_read_a_spool_that_no_server_has_open_and_one_that_was_left_by_a_crash) {
    open();
    const auto id = store("text");
    const std::string crashed = folder.file("crashed.db");
    std::filesystem::copy(path, crashed);
    std::filesystem::copy(path + "-wal", crashed + "-wal");
    close();
    EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
    for (const std::string& file : {path, crashed}) {
        auto reader = MessageReader::open(file, options);
        ASSERT_TRUE(reader) << reader.error().text;
        EXPECT_EQ(ids((*reader)->list({}, 10)), std::vector{id});
        EXPECT_EQ(*(*reader)->block(id, 0).value(), "text");
        EXPECT_EQ((*reader)->block(id, 1).value(), nullptr);
    }
    EXPECT_FALSE(MessageReader::open(folder.file("none.db"), options));
}

TEST_F(SpoolTest, after_close_requests_are_refused) {
    open();
    EXPECT_TRUE(world.await(spool->close(home)));
    const auto writer = spool->create(home);
    const auto committed = world.await(testing::store(*writer, "text", testing::envelope_to({"a@example.net"})));
    EXPECT_EQ(committed.error().kind, base::ErrorKind::closed);
    spool.reset();
}

namespace {

world::Task<std::string> written_and_read_back(mail::SpoolWriter& writer, std::string text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 50'000) {
        const auto written = co_await writer.write(std::string_view(text).substr(at, 50'000));
        EXPECT_TRUE(written);
    }
    for (int times = 0; times < 2; ++times) {
        out.clear();
        auto reader = co_await writer.read_back();
        EXPECT_TRUE(reader);
        for (;;) {
            const auto block = co_await (*reader)->next();
            EXPECT_TRUE(block);
            if (!block || *block == nullptr) {
                break;
            }
            out += **block;
        }
    }
    co_return out;
}

}  // namespace

TEST_F(SpoolTest, reads_back_what_is_no_message_yet_and_forgets_it) {
    open();
    for (const std::size_t size : {std::size_t{0}, std::size_t{100}, block_size, 4 * block_size, 5 * block_size + 1, 20 * block_size, std::size_t{3'000'001}}) {
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; i += 1000) {
            text[i] = static_cast<char>('a' + (i / 1000) % 26);
        }
        auto draft = spool->create(home);
        draft->keep_readable();
        EXPECT_TRUE(world.await(written_and_read_back(*draft, text)) == text) << size;
        const auto id = store(text);
        EXPECT_EQ(content(id).value(), text);
        draft.reset();
        EXPECT_EQ(content(id).value(), text);
    }
    EXPECT_EQ(active().size(), 7U);
}

TEST(hot_content, stays_within_its_bound_by_forgetting_the_oldest) {
    HotContent hot(10'000);
    const auto block = std::make_shared<const std::string>(3'000, 'x');
    for (std::uint64_t id = 1; id <= 5; ++id) {
        hot.keep(mail::QueueId{id}, block);
        EXPECT_LE(hot.bytes(), 10'000U);
    }
    EXPECT_EQ(hot.find(mail::QueueId{2}), nullptr);
    EXPECT_EQ(hot.find(mail::QueueId{3}), block);
    hot.keep(mail::QueueId{6}, std::make_shared<const std::string>(20'000, 'x'));
    EXPECT_EQ(hot.find(mail::QueueId{6}), nullptr);
    for (std::uint64_t id = 1; id <= 6; ++id) {
        hot.forget(mail::QueueId{id});
    }
    EXPECT_EQ(hot.bytes(), 0U);
}

TEST_F(SpoolTest, a_commit_that_finds_no_thread_is_made_at_once) {
    open();
    world.pool.refuses_once = true;
    const mail::QueueId id = store("Subject: x\r\n\r\nhello\r\n");
    EXPECT_FALSE(world.pool.refuses_once);
    EXPECT_EQ(content(id), "Subject: x\r\n\r\nhello\r\n");
    EXPECT_EQ(active(), std::vector<mail::QueueId>{id});
    store("Subject: y\r\n\r\nhello\r\n");  // and the next ones have theirs
}

}  // namespace posthouse::queue
