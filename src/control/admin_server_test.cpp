#include "control/admin_server.hpp"

#include "control/fakes_for_test.hpp"
#include "mail/submission.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::control {
namespace {

class AdminServerTest : public ::testing::Test {
protected:
    testing::NoExecutor executor;
    testing::FixedClock clock;
    testing::NoNetwork network;
    testing::NoResolver resolver;
    testing::NoRandom random;
    world::Core core{0, executor, clock, network, resolver, random};
    testing::ListQueue queue;
    testing::StringIntake intake;
    testing::EventText events;
    AdminCallbacks callbacks;
    std::optional<std::uint32_t> user;  // who connected, as the kernel has it

    std::string talk(std::string input, Door door = Door::administrator) {
        std::string output;
        AdminServer server({core, queue, intake, events, callbacks}, "/q");
        world::TaskGroup group;
        auto stream = std::make_unique<testing::ScriptedStream>(std::move(input), output);
        stream->user = user;
        group.spawn(server.serve(std::move(stream), door));
        EXPECT_EQ(group.size(), 0U);
        return output;
    }
    static std::string submission(std::string_view content) {
        mail::Submission submission;
        submission.envelope.reverse_path = mail::ReversePath("me@example.org");
        submission.envelope.recipients.push_back({"you@example.net", {}, {}, {}});
        submission.uid = 7;
        submission.content_size = content.size();
        return "submit\n" + encode_head(submission) + std::string(content);
    }
};

TEST_F(AdminServerTest, lists_messages_with_the_recipients_that_are_still_waiting) {
    auto& message = queue.add(0x1000000, mail::QueueName::deferred, "x@example.net").message;
    message.recipients[0].reason = "host said: 451 busy";
    message.envelope.recipients.push_back({"done@example.net", {}, {}, {}});
    message.recipients.emplace_back().status = mail::RecipientState::Status::delivered;
    EXPECT_EQ(talk("list\n"),
              "message id=0000001000000 queue=deferred size=345 arrival=1000 sender=a%20b@example.org forced-expire=no\n"
              "recipient address=x@example.net reason=host%20said:%20451%20busy\n"
              "ok\n");
}

TEST_F(AdminServerTest, lists_a_message_whose_row_is_damaged_with_the_reason_why_nobody_gets_it) {
    auto& message = queue.add(0x1000000, mail::QueueName::deferred, "x@example.net").message;
    message.damaged = true;
    message.envelope = {};
    message.recipients.clear();
    const std::string output = talk("list\n");
    EXPECT_TRUE(output.starts_with("message id=0000001000000 queue=deferred ")) << output;
    EXPECT_NE(output.find("\nrecipient address= reason=damaged%20in%20the%20spool"), std::string::npos) << output;
}

TEST_F(AdminServerTest, lists_more_messages_than_fit_in_a_page) {
    for (std::uint64_t i = 1; i <= 450; ++i) {
        queue.add(0x1000000 + i, mail::QueueName::active, "x@example.net");
    }
    const std::string output = talk("list\n");
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 901);
}

TEST_F(AdminServerTest, asks_for_each_request_of_a_user_whether_he_may) {
    std::vector<std::string> asked;
    callbacks.judge_user = [&](LocalRequest request) -> world::Task<base::Result<void>> {
        struct Judge {
            static world::Task<base::Result<void>> no() { co_return base::fail(base::ErrorKind::permission, "User x(7) is not allowed to do that"); }
        };
        asked.push_back(std::to_string(static_cast<int>(request.right)) + " " + std::to_string(request.user_id) + " " + request.site.value_or("-") + " " + request.sender.value_or("-"));
        return Judge::no();
    };
    user = 7;
    const std::string refused = "error kind=permission text=User%20x(7)%20is%20not%20allowed%20to%20do%20that\n";
    EXPECT_EQ(talk("list\nflush\nflush-site site=example.net\nsmtp\nstatus\n", Door::everyone), refused + refused + refused + refused + "error kind=invalid text=unknown%20request:%20status\n");
    EXPECT_EQ(talk(submission("Subject: x\r\n\r\n"), Door::everyone), refused);
    EXPECT_EQ(asked, (std::vector<std::string>{"0 7 - -", "1 7 - -", "1 7 example.net -", "2 7 - -", "2 7 - me@example.org"}));
    EXPECT_EQ(queue.flushes, 0);
    EXPECT_TRUE(intake.taken.empty());
}

TEST_F(AdminServerTest, whoever_submits_is_who_the_kernel_says) {
    user = 12;  // the submission says 7
    talk(submission("Subject: x\r\n\r\n"), Door::everyone);
    EXPECT_NE(events.log.find("uid=12 from=<me@example.org>"), std::string::npos) << events.log;
}

TEST_F(AdminServerTest, keeps_administrators_requests_from_everybody_else) {
    queue.add(0x1000000, mail::QueueName::deferred, "x@example.net");
    for (const char* request : {"delete id=ALL\n", "hold id=ALL\n", "release id=ALL\n", "requeue id=ALL\n", "cat id=0000001000000\n", "stop\n", "reload\n"}) {
        EXPECT_EQ(talk(request, Door::everyone), "error kind=permission text=only%20for%20administrators\n") << request;
    }
    EXPECT_EQ(queue.messages.size(), 1U);
}

TEST_F(AdminServerTest, deletes_all_messages_of_the_named_queues_only) {
    queue.add(0x1000001, mail::QueueName::deferred, "x@example.net");
    queue.add(0x1000002, mail::QueueName::hold, "x@example.net");
    queue.add(0x1000003, mail::QueueName::active, "x@example.net");
    EXPECT_EQ(talk("delete id=ALL queue=deferred,active\n"), "ok count=2\n");
    ASSERT_EQ(queue.messages.size(), 1U);
    EXPECT_EQ(queue.messages[0].queue, mail::QueueName::hold);
    EXPECT_EQ(events.log, "postfix/postsuper: 0000001000001: removed\npostfix/postsuper: 0000001000003: removed\n");
}

TEST_F(AdminServerTest, holds_what_is_not_held_and_releases_what_is) {
    queue.add(0x1000001, mail::QueueName::deferred, "x@example.net");
    queue.add(0x1000002, mail::QueueName::hold, "x@example.net");
    EXPECT_EQ(talk("hold id=ALL\nrelease id=ALL\nrelease id=0000001000001\nhold id=ABCDEF123\n"), "ok count=1\nok count=2\nok count=0\nok count=0\n");
}

TEST_F(AdminServerTest, expires_messages_and_releases_them_if_asked) {
    queue.add(0x1000001, mail::QueueName::deferred, "x@example.net");
    queue.add(0x1000002, mail::QueueName::hold, "x@example.net");
    EXPECT_EQ(talk("expire id=ALL\n"), "ok count=2\n");
    EXPECT_TRUE(queue.messages[0].message.force_expire && queue.messages[1].message.force_expire);
    EXPECT_EQ(queue.messages[1].queue, mail::QueueName::hold);
    EXPECT_EQ(talk("expire-release id=0000001000002\nexpire id=0000001000003\n"), "ok count=1\nok count=0\n");
    EXPECT_EQ(queue.messages[1].queue, mail::QueueName::deferred);
    EXPECT_TRUE(talk("expire id=ALL\n", Door::everyone).starts_with("error kind=permission"));
}

TEST_F(AdminServerTest, flushes_all_or_one_message_or_one_site) {
    queue.add(0x1000001, mail::QueueName::deferred, "x@example.net");
    queue.add(0x1000002, mail::QueueName::deferred, "x@EXAMPLE.com");
    EXPECT_EQ(talk("flush\nflush-message id=0000001000001\nflush-site site=example.com\n", Door::everyone), "ok\nok count=1\nok count=1\n");
    EXPECT_EQ(queue.flushes, 3);
}

TEST_F(AdminServerTest, shows_a_message_with_its_content) {
    queue.add(0x1000001, mail::QueueName::hold, "x@example.net");
    EXPECT_EQ(talk("cat id=0000001000001\n"),
              "message id=0000001000001 queue=hold size=345 arrival=1000 sender=a%20b@example.org forced-expire=no\n"
              "recipient address=x@example.net\n"
              "chunk size=17\nSubject: t\r\n\r\nx\r\nok\n");
    EXPECT_EQ(talk("cat id=0000001000002\n"), "error kind=not-found text=no%20such%20message\n");
}

TEST_F(AdminServerTest, takes_a_message_and_says_ok_after_the_commit) {
    callbacks.received_header = [](mail::QueueId id, std::uint32_t uid) { return "Received: " + id.text() + " " + std::to_string(uid) + "\r\n"; };
    EXPECT_EQ(talk(submission("Subject: t\n\nno end"), Door::everyone), "ok id=0000ABCDEF123\n");
    ASSERT_EQ(intake.taken.size(), 1U);
    EXPECT_TRUE(intake.taken[0]->committed);
    EXPECT_EQ(intake.taken[0]->content, "Received: 0000ABCDEF123 7\r\nSubject: t\r\n\r\nno end\r\n");
    EXPECT_EQ(intake.taken[0]->envelope.reverse_path.address(), "me@example.org");
    EXPECT_EQ(intake.taken[0]->envelope.recipients.at(0).address, "you@example.net");
    EXPECT_EQ(events.log, "postfix/pickup: 0000ABCDEF123: uid=7 from=<me@example.org>\n");
}

TEST_F(AdminServerTest, forgets_a_submission_that_breaks_off) {
    std::string input = submission("Subject: t\n\nbody\n");
    input.resize(input.size() - 3);
    EXPECT_EQ(talk(input), "");
    ASSERT_EQ(intake.taken.size(), 1U);
    EXPECT_FALSE(intake.taken[0]->committed);
}

TEST_F(AdminServerTest, passes_a_refusal_on) {
    intake.refusal = mail::IntakeRefusal{mail::IntakeRefusal::Reason::message_too_big, {}};
    EXPECT_EQ(talk(submission("x\n")), "error kind=too-big text=message%20file%20too%20big\n");
    intake.room = false;
    EXPECT_EQ(talk(submission("x\n")), "error kind=no-space text=queue%20file%20system%20is%20full\n");
}

TEST_F(AdminServerTest, mail_that_goes_back_to_its_sender_is_taken_as_far_as_its_program_is_concerned) {
    intake.refusal = mail::IntakeRefusal{mail::IntakeRefusal::Reason::returned, "5.7.1 no"};
    EXPECT_EQ(talk(submission("x\n")), "ok id=0000ABCDEF123\n");
    intake.refusal->reason = mail::IntakeRefusal::Reason::rejected;  // nobody can be told but this program
    EXPECT_EQ(talk(submission("x\n")), "error kind=rejected text=5.7.1%20no\n");
}

TEST_F(AdminServerTest, answers_a_stop_before_it_stops) {
    int stops = 0;
    callbacks.stop = [&stops] { ++stops; };
    EXPECT_EQ(talk("stop\n"), "ok\n");
    EXPECT_EQ(stops, 1);
}

world::Task<void> echo_rest(std::unique_ptr<world::Stream> stream) {
    world::BufferedStream session(std::move(stream));
    const auto line = co_await session.read_line(100, world::Deadline::never());
    session.queue("250 " + line->text + "\r\n");
    co_await session.flush(world::Deadline::never());
}

TEST_F(AdminServerTest, hands_the_connection_over_to_an_smtp_session) {
    callbacks.smtp = echo_rest;
    EXPECT_EQ(talk("smtp\nEHLO me\r\n", Door::everyone), "ok\n250 EHLO me\r\n");
}

TEST_F(AdminServerTest, ends_the_conversation_after_nonsense) {
    EXPECT_EQ(talk("list %zz\nlist\n"), "error kind=invalid text=malformed%20request\n");
    EXPECT_EQ(talk("list" + std::string(mail::record_length_max, 'x') + "\nlist\n"), "error kind=invalid text=malformed%20request\n");
    EXPECT_EQ(talk("dance\nlist\n"), "error kind=invalid text=unknown%20request:%20dance\nok\n");
}

}  // namespace
}  // namespace posthouse::control
