// A message and the change of another in one transaction: whatever fails, whenever the process dies, both are there or neither.
#include "queue/spool/failing_vfs.hpp"
#include "queue/spool/spool_fixture_test.hpp"

namespace posthouse::queue {

namespace {

using Next = mail::SpoolUpdate::Next;
using Status = mail::RecipientState::Status;
using testing::FailingVfs;

mail::SpoolUpdate told(mail::QueueId id) {
    mail::SpoolUpdate mark{.id = id};
    mark.recipients.emplace_back(0, mail::RecipientState{.status = Status::bounced, .tries = 1, .dsn_status = "5.1.1", .reason = "no such user", .remote_mta = {}, .diagnostic = {}});
    return mark;
}

world::Task<base::Result<mail::Committed>> store_along(mail::SpoolWriter& writer, std::string content, mail::SpoolUpdate along) {
    const auto written = co_await writer.write(content);
    if (!written) {
        co_return std::unexpected(written.error());
    }
    mail::Envelope envelope = testing::envelope_to({"sender@example.org"});
    std::optional<mail::SpoolUpdate> change = std::move(along);
    world::Task<base::Result<mail::Committed>> committing = writer.commit_along(std::move(envelope), mail::QueueName::active, std::move(change));
    auto committed = co_await std::move(committing);
    co_return std::move(committed);
}

class Found {
public:
    Found(testing::OneThread& world, SqliteSpool& spool, mail::QueueId message, mail::QueueId notice) {
        const auto about = world.await(spool.load(message, world.cores[0]));
        const auto telling = world.await(spool.load(notice, world.cores[0]));
        EXPECT_TRUE(about && *about && telling);
        is_marked = (*about)->recipients.at(0).status == Status::bounced;
        if (telling->has_value()) {
            content = world.await(testing::read_all(spool.content(notice, world.cores[0]))).value();
        }
    }
    bool is_marked = false;
    std::optional<std::string> content;  // of the notice
};

// One notice; its `call`-th write, sync or truncation fails, and then the process dies. Whether that call came at all.
bool tell(FailingVfs& vfs, std::size_t size, long call, FailingVfs::Fault fault, FailingVfs::Until until) {
    const testing::Folder folder;
    const std::string path = folder.file("spool.db");
    const std::string copy = folder.file("crashed.db");
    testing::OneThread world;
    SpoolOptions options;
    options.vfs_name = vfs.name();
    options.wal_autocheckpoint = 10;  // so that checkpoints fail too
    auto spool = std::move(*SqliteSpool::open(path, options, world.pool));
    const auto message = world.await(testing::store(*spool->create(world.cores[0]), "text", testing::envelope_to({"gone@example.net"})))->queue_id();
    const std::string text = testing::text_of(size);
    auto writer = spool->create(world.cores[0]);
    const mail::QueueId notice = writer->queue_id();

    const long failures_before = vfs.failures();
    vfs.fail_at(call, fault, until);
    const bool committed = world.await(store_along(*writer, text, told(message))).has_value();
    const bool reached = vfs.failures() > failures_before;
    std::filesystem::copy(path, copy);
    std::filesystem::copy(path + "-wal", copy + "-wal");
    std::filesystem::copy(content_path(path), content_path(copy));
    vfs.heal();
    writer.reset();
    world.run();
    {
        const Found now(world, *spool, message, notice);
        EXPECT_EQ(now.is_marked, committed);
        EXPECT_EQ(now.content, committed ? std::optional(text) : std::nullopt);
    }
    EXPECT_TRUE(world.await(spool->close(world.cores[0])));
    auto after_crash = std::move(*SqliteSpool::open(copy, options, world.pool));
    {
        const Found later(world, *after_crash, message, notice);
        EXPECT_EQ(later.is_marked, later.content.has_value());
        EXPECT_TRUE(!committed || later.is_marked);  // a failed commit may be found whole, see docs/spool.md
        EXPECT_TRUE(!later.content || *later.content == text);
    }
    EXPECT_TRUE(world.await(after_crash->close(world.cores[0])));
    return reached;
}

void fail_every_call(std::size_t size) {
    FailingVfs vfs("posthouse_along");
    for (const auto fault : {FailingVfs::Fault::io, FailingVfs::Fault::disk_full}) {
        for (const auto until : {FailingVfs::Until::next_call, FailingVfs::Until::forever}) {
            long call = 1;
            while (tell(vfs, size, call, fault, until) && !::testing::Test::HasFailure()) {
                ++call;
            }
            EXPECT_GT(call, 2) << "nothing failed";  // one write, one sync
        }
    }
}

}  // namespace

TEST(commit_along, of_a_small_notice_and_its_mark_an_error_or_a_crash_leaves_both_or_neither) { fail_every_call(3000); }
TEST(commit_along, of_a_large_notice_and_its_mark_an_error_or_a_crash_leaves_both_or_neither) { fail_every_call(6 * block_size + 5); }

TEST_F(SpoolTest, a_message_whose_companion_is_gone_never_was) {
    open();
    const auto gone = store("text");
    EXPECT_TRUE(update({.id = gone, .next = Next::remove}));
    const std::int64_t rows_before = rows_left();
    for (const std::size_t size : {std::size_t{6}, 5 * block_size}) {
        const auto writer = spool->create(home);
        const auto committed = world.await(store_along(*writer, testing::text_of(size), told(gone)));
        ASSERT_FALSE(committed);
        EXPECT_EQ(committed.error().kind, base::ErrorKind::not_found);
        EXPECT_FALSE(load(writer->queue_id()));
    }
    EXPECT_EQ(number("SELECT count(*) FROM recipient_state"), 0);
    EXPECT_EQ(rows_left(), rows_before);
}

TEST_F(SpoolTest, a_message_can_take_the_place_of_a_large_one_in_one_commit) {
    open();
    const auto old = store(testing::text_of(5 * block_size));
    auto writer = spool->create(home);
    const auto id = writer->queue_id();
    mail::SpoolUpdate removal{.id = old, .next = Next::remove};
    EXPECT_TRUE(world.await(store_along(*writer, testing::text_of(3 * block_size), std::move(removal))));
    writer.reset();  // before its spool
    EXPECT_FALSE(load(old));
    EXPECT_EQ(content(old).error().kind, base::ErrorKind::not_found);
    EXPECT_EQ(content(id).value(), testing::text_of(3 * block_size));
    reopen();
    EXPECT_EQ(content(id).value(), testing::text_of(3 * block_size));
    EXPECT_EQ(rows_left(), 2);
}

}  // namespace posthouse::queue
