#pragma once
// For tests: a spool in a folder of its own, and what tests ask it.
#include <gtest/gtest.h>

#include "queue/spool/spool_test_world.hpp"

namespace posthouse::queue {

class SpoolTest : public ::testing::Test {
protected:
    ~SpoolTest() override { close(); }

    void open() {
        auto opened = SqliteSpool::open(path, options, world.pool);
        ASSERT_TRUE(opened) << opened.error().text;
        spool = std::move(*opened);
    }
    void close() {
        if (spool != nullptr) {
            EXPECT_TRUE(world.await(spool->close(home)));
            spool.reset();
        }
    }
    void reopen() {
        close();
        open();
    }
    mail::QueueId store(const std::string& content, mail::Envelope envelope = testing::envelope_to({"a@example.net"}),
                        mail::QueueName queue = mail::QueueName::active) {
        const auto writer = spool->create(home);
        const auto committed = world.await(testing::store(*writer, content, std::move(envelope), queue));
        EXPECT_TRUE(committed);
        EXPECT_EQ(committed->queue_id(), writer->queue_id());
        return writer->queue_id();
    }
    base::Result<void> update(mail::SpoolUpdate change) { return world.await(spool->update(std::move(change), home)); }
    void defer(mail::QueueId id, world::WallTime when) { EXPECT_TRUE(update({.id = id, .next = mail::SpoolUpdate::Next::defer, .next_attempt = when})); }
    base::Result<std::string> content(mail::QueueId id) { return world.await(testing::read_all(spool->content(id, home))); }
    std::optional<mail::StoredMessage> load(mail::QueueId id) { return world.await(spool->load(id, home)).value(); }
    static std::vector<mail::QueueId> ids(const base::Result<std::vector<mail::StoredMessage>>& messages) {
        std::vector<mail::QueueId> found;
        for (const auto& message : messages.value()) {
            found.push_back(message.id);
        }
        return found;
    }
    std::vector<mail::QueueId> active() { return ids(world.await(spool->active_after({}, 100, {}, home))); }
    std::vector<mail::QueueId> due(world::WallTime now) { return ids(world.await(spool->due(now, {}, 100, {}, home))); }
    std::int64_t number(const std::string& sql) {
        auto database = Database::open(path, OpenMode::read_write, "");
        return database->number(sql).value().value_or(-1);
    }
    std::int64_t rows_left() {
        return number("SELECT (SELECT count(*) FROM fresh) + (SELECT count(*) FROM deferred) + (SELECT count(*) FROM held) +"
                      " (SELECT count(*) FROM content) + (SELECT count(*) FROM large) + (SELECT count(*) FROM chunk) +"
                      " (SELECT count(*) FROM recipient_state)");
    }

    testing::Folder folder;
    std::string path = folder.file("spool.db");
    SpoolOptions options;
    testing::OneThread world;
    world::Core& home = world.cores[0];
    world::WallTime start = world.clock.time;
    std::unique_ptr<SqliteSpool> spool;
};

}  // namespace posthouse::queue
