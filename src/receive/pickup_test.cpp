#include "receive/pickup.hpp"
#include "world/nobody_test.hpp"

#include <gtest/gtest.h>

#include <map>

namespace posthouse::receive {
namespace {

class MemoryFiles final : public world::Files {
public:
    std::map<std::string, std::string> files;
    bool removable = true;

    base::Result<std::string> read(const std::string& path) override {
        const auto found = files.find(path);
        return found == files.end() ? missing<std::string>() : base::Result<std::string>(found->second);
    }
    base::Result<world::FileInfo> info(const std::string& path) override {
        const auto found = files.find(path);
        if (found == files.end()) {
            return missing<world::FileInfo>();
        }
        world::FileInfo out;
        out.size = found->second.size();
        out.modified = world::WallTime(std::chrono::seconds(1'000));
        return out;
    }
    base::Result<std::vector<std::string>> list(const std::string& path) override {
        std::vector<std::string> out;
        for (const auto& [name, text] : files) {
            if (name.starts_with(path + "/")) {
                out.push_back(name.substr(path.size() + 1));
            }
        }
        return out;
    }
    using Writable = std::unique_ptr<world::WritableFile>;
    base::Result<Writable> create(const std::string&, unsigned) override { return missing<Writable>(); }
    base::Result<Writable> append(const std::string&, unsigned) override { return missing<Writable>(); }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        auto node = files.extract(from);
        if (node.empty()) {
            return missing<void>();
        }
        node.key() = to;
        files.insert(std::move(node));
        return {};
    }
    base::Result<void> remove(const std::string& path) override {
        if (!removable) {
            return base::fail(base::ErrorKind::permission, "not allowed");
        }
        return files.erase(path) != 0 ? base::Result<void>() : missing<void>();
    }
    base::Result<void> make_directories(const std::string&, unsigned) override { return {}; }
    base::Result<void> sync_directory(const std::string&) override { return {}; }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return std::uint64_t{1} << 40; }

private:
    template <class T>
    static base::Result<T> missing() {
        return base::fail(base::ErrorKind::not_found, "no such file");
    }
};

// Time moves when the test says so; sleepers wake then.
class ManualClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(std::chrono::seconds(2'000)); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        while (now_ < time) {
            co_await moved_.wait();
        }
    }
    void advance(world::Duration by) {
        now_ += by;
        moved_.notify_all();
    }

private:
    world::SteadyTime now_;
    world::Signal moved_;
};

class StringIntake final : public mail::Intake {
public:
    struct Taken {
        mail::Envelope envelope;
        std::string content;
        mail::MailSource source;
    };
    std::vector<Taken> committed;
    std::optional<mail::IntakeRefusal> refusal;
    bool room = true;
    std::function<void()> at_finish = [] {};

    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource source, world::Core&) override { return std::make_unique<Session>(*this, source); }
    [[nodiscard]] bool has_room(base::Bytes) const override { return room; }

private:
    class Session final : public mail::IntakeSession, mail::CommitAuthority {
    public:
        Session(StringIntake& owner, mail::MailSource source) : owner_(owner) { taken_.source = source; }
        [[nodiscard]] mail::QueueId queue_id() const override { return {0xABC}; }
        void set_envelope(mail::Envelope envelope) override { taken_.envelope = std::move(envelope); }
        world::Task<void> write(std::string_view bytes) override {
            taken_.content += bytes;
            co_return;
        }
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
            owner_.at_finish();
            if (owner_.refusal) {
                co_return std::unexpected(*owner_.refusal);
            }
            owner_.committed.push_back(taken_);
            co_return attest(queue_id());
        }

    private:
        StringIntake& owner_;
        Taken taken_;
    };
};

class EventText final : public observe::EventSink {
public:
    std::vector<std::string> lines;
    void on(observe::Speaker speaker, const observe::Event& event) override {
        std::string line(speaker);
        if (const auto* local = std::get_if<observe::LocalSubmission>(&event)) {
            line += ": " + std::string(local->queue_id) + ": uid=" + std::to_string(local->uid) + " from=<" + std::string(local->sender) + ">";
        } else if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            line += ": " + std::string(remark->text);
        }
        lines.push_back(std::move(line));
    }
};

// Blocking work runs at once, or while `hold` is set, when the test lets it.
class DirectExecutor final : public world::Executor {
public:
    void post(world::Work work) override { work(); }
};
class DirectPool final : public world::BlockingPool {
public:
    void submit(world::Work work) override {
        if (hold) {
            held.push_back(std::move(work));
        } else {
            work();
        }
    }
    void release() {
        hold = false;
        for (auto& work : std::exchange(held, {})) {
            work();
        }
    }
    bool hold = false;
    std::vector<world::Work> held;
};

class PickupTest : public ::testing::Test {
protected:
    void put(const std::string& name, std::string_view content, std::string_view recipient = "r@example.net") {
        mail::Submission submission;
        submission.uid = 1000;
        submission.envelope.reverse_path = mail::ReversePath("joe");
        submission.envelope.header_context = mail::Envelope::HeaderContext::local;
        submission.envelope.recipients.push_back({std::string(recipient), {}, {}, {}});
        files.files["/q/maildrop/" + name] = mail::encode_maildrop(submission, content);
    }
    void start() { pickup.start(); }
    void stop() {
        world::TaskGroup group;
        group.spawn(pickup.stop());
        pool.release();
        ASSERT_EQ(group.size(), 0u);
    }
    PickupSettings settings() const {
        PickupSettings out;
        out.queue_directory = "/q";
        out.myhostname = "mta.example.test";
        out.mail_name = "Postfix";
        out.message_size_limit = limit;
        return out;
    }

    base::Bytes limit{10240000};
    MemoryFiles files;
    ManualClock clock;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;
    DirectExecutor executor;
    DirectPool pool;
    world::Core core{0, executor, clock, network, resolver, random};
    StringIntake intake;
    EventText events;
    Pickup pickup{[this] { return settings(); }, {intake, events, files, pool, core}};
};

TEST_F(PickupTest, takes_what_lies_there_at_the_start_and_deletes_it) {
    put("1A", "Subject: t\n\n.dot\r\nlast");
    start();
    ASSERT_EQ(intake.committed.size(), 1u);
    const auto& taken = intake.committed[0];
    EXPECT_EQ(taken.content,
              "Received: by mta.example.test (Postfix, from userid 1000)\r\n\tid 0000000000ABC; Thu,  1 Jan 1970 00:16:40 +0000 (UTC)\r\n"
              "Subject: t\r\n\r\n.dot\r\nlast\r\n");
    EXPECT_EQ(taken.source, mail::MailSource::pickup);
    EXPECT_EQ(taken.envelope.reverse_path.address(), "joe");
    EXPECT_EQ(taken.envelope.arrival, world::WallTime(std::chrono::seconds(1'000)));
    EXPECT_EQ(taken.envelope.header_context, mail::Envelope::HeaderContext::local);
    EXPECT_TRUE(files.files.empty());
    EXPECT_EQ(events.lines, std::vector<std::string>{"postfix/pickup: 0000000000ABC: uid=1000 from=<joe>"});
    stop();
}

TEST_F(PickupTest, keeps_the_file_until_the_commit) {
    put("1A", "x\n");
    bool there = false;
    intake.at_finish = [&] { there = files.files.contains("/q/maildrop/1A"); };
    start();
    EXPECT_TRUE(there);
    EXPECT_TRUE(files.files.empty());
    stop();
}

TEST_F(PickupTest, looks_again_every_minute_and_when_asked) {
    start();
    put("1A", "x\n");
    clock.advance(std::chrono::seconds(59));
    EXPECT_TRUE(intake.committed.empty());
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(intake.committed.size(), 1u);
    put("1B", "x\n");
    pickup.scan_now();
    EXPECT_EQ(intake.committed.size(), 2u);
    stop();
}

TEST_F(PickupTest, a_request_during_a_scan_is_not_lost) {
    put("1A", "x\n");
    intake.at_finish = [this] {
        if (!files.files.contains("/q/maildrop/1B") && intake.committed.empty()) {
            put("1B", "y\n");
            pickup.scan_now();
        }
    };
    start();
    EXPECT_EQ(intake.committed.size(), 2u);
    stop();
}

TEST_F(PickupTest, unfinished_files_are_left_alone) {
    files.files["/q/maildrop/tmp.1A"] = "mail";
    start();
    EXPECT_TRUE(files.files.contains("/q/maildrop/tmp.1A"));
    EXPECT_TRUE(events.lines.empty());
    stop();
}

TEST_F(PickupTest, a_bad_file_is_set_aside_and_the_others_are_taken) {
    files.files["/q/maildrop/1A"] = "nonsense\n";
    put("1B", "x\n");
    start();
    EXPECT_EQ(intake.committed.size(), 1u);
    EXPECT_EQ(files.files.size(), 1u);
    EXPECT_TRUE(files.files.contains("/q/corrupt/1A"));
    EXPECT_NE(events.lines.at(0).find("moved to corrupt/1A"), std::string::npos);
    stop();
}

TEST_F(PickupTest, a_passing_trouble_leaves_the_mail_for_later) {
    put("1A", "x\n");
    intake.refusal = mail::IntakeRefusal{mail::IntakeRefusal::Reason::spool_failure, {}};
    start();
    EXPECT_TRUE(files.files.contains("/q/maildrop/1A"));
    intake.refusal.reset();
    intake.room = false;
    pickup.scan_now();
    EXPECT_TRUE(files.files.contains("/q/maildrop/1A"));
    intake.room = true;
    pickup.scan_now();
    EXPECT_EQ(intake.committed.size(), 1u);
    EXPECT_TRUE(files.files.empty());
    stop();
}

TEST_F(PickupTest, mail_that_a_milter_wants_later_stays_and_holds_up_no_other) {
    put("1A", "x\n");
    put("1B", "y\n");
    intake.refusal = mail::IntakeRefusal{mail::IntakeRefusal::Reason::rejected_for_now, "4.7.1 later"};
    start();
    EXPECT_EQ(files.files.size(), 2u);
    const auto later = [](const std::string& line) { return line.find("4.7.1 later: mail stays in maildrop") != std::string::npos; };
    EXPECT_EQ(std::count_if(events.lines.begin(), events.lines.end(), later), 2);
    stop();
}

TEST_F(PickupTest, a_refusal_for_good_that_nobody_can_be_told_of_sets_the_mail_aside) {
    put("1A", "x\n");
    intake.refusal = mail::IntakeRefusal{mail::IntakeRefusal::Reason::too_many_hops, {}};
    start();
    EXPECT_TRUE(files.files.contains("/q/corrupt/1A"));
    stop();
}

TEST_F(PickupTest, mail_that_went_back_to_its_sender_is_gone_from_maildrop) {
    put("1A", "x\n");
    intake.refusal = mail::IntakeRefusal{mail::IntakeRefusal::Reason::returned, "5.7.1 no"};
    start();
    EXPECT_TRUE(files.files.empty());
    EXPECT_TRUE(intake.committed.empty());
    stop();
}

TEST_F(PickupTest, a_file_far_beyond_the_size_limit_is_not_even_read) {
    limit = {10};
    files.files["/q/maildrop/1A"] = std::string(17 * 1024 * 1024, 'x');
    start();
    EXPECT_TRUE(files.files.contains("/q/corrupt/1A"));
    EXPECT_NE(events.lines.at(0).find("message file too big"), std::string::npos);
    stop();
}

TEST_F(PickupTest, a_file_that_cannot_be_deleted_is_not_taken_twice) {
    put("1A", "x\n");
    files.removable = false;
    start();
    pickup.scan_now();
    EXPECT_EQ(intake.committed.size(), 1u);
    files.removable = true;
    pickup.scan_now();
    EXPECT_EQ(intake.committed.size(), 1u);
    EXPECT_TRUE(files.files.empty());
    stop();
}

TEST_F(PickupTest, a_stop_lets_a_commit_end_with_the_deletion) {
    put("1A", "x\n");
    intake.at_finish = [this] { pool.hold = true; };
    start();
    EXPECT_TRUE(files.files.contains("/q/maildrop/1A"));
    stop();
    EXPECT_TRUE(files.files.empty());
}

TEST_F(PickupTest, a_large_message_arrives_whole) {
    std::string line(998, 'a');
    std::string content;
    for (int i = 0; i < 300; ++i) {
        content += line + "\n";
    }
    put("1A", content);
    start();
    ASSERT_EQ(intake.committed.size(), 1u);
    EXPECT_GE(intake.committed[0].content.size(), 300u * 1000u);
    EXPECT_TRUE(intake.committed[0].content.ends_with(line + "\r\n"));
    stop();
}

}  // namespace
}  // namespace posthouse::receive
