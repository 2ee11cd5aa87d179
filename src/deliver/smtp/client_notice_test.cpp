#include "deliver/smtp/client_notice.hpp"

#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;

// What the intake got, and whether it takes it.
struct Notices final : mail::Intake {
    struct Session final : mail::IntakeSession {
        explicit Session(Notices& owner) : notices(owner) {}
        mail::QueueId queue_id() const override { return {7}; }
        void set_envelope(mail::Envelope envelope) override { notices.envelopes.push_back(std::move(envelope)); }
        world::Task<void> write(std::string_view bytes) override {
            notices.texts.emplace_back(bytes);
            co_return;
        }
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
            mail::IntakeRefusal refusal;
            co_return std::unexpected(refusal);
        }
        Notices& notices;
    };
    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource, world::Core&) override { return std::make_unique<Session>(*this); }
    bool has_room(base::Bytes) const override { return true; }
    std::vector<mail::Envelope> envelopes;
    std::vector<std::string> texts;
};

struct Router final : mail::Router {
    world::Task<mail::Route> resolve(std::string, mail::ReversePath) override { co_return mail::Route{}; }
    world::Task<mail::Validation> validate(std::string) override { co_return mail::Validation{}; }
    world::Task<mail::Route> classify(std::string) override { co_return mail::Route{}; }
    std::string rewrite(std::string address) const override { return address + "@mta.example.test"; }
};

struct Executor final : world::Executor {
    void post(world::Work work) override { work(); }
};

struct NoticeWorld : World {
    NoticeWorld() {
        settings.notify_protocol = true;
        settings.error_notice_recipient = "postmaster";
        settings.double_bounce_sender = "double-bounce";
        settings.myhostname = "mta.example.test";
        settings.mail_name = "Posthouse";
        doors = {&notices, &router, &core, {}};
    }
    Notices notices;
    Router router;
    Executor executor;
    world::nobody::NoNetwork no_network;
    world::Core core{0, executor, clock, no_network, resolver, random};
};

}  // namespace

TEST(client_notice, tells_the_postmaster_what_was_said_but_no_password) {
    NoticeWorld w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_security_options = {};
    w.passwords["127.0.0.1"] = "user:secret";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"AUTH PLAIN"};
    up.replies["MAIL"] = "501 5.5.4 not like this";
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    ASSERT_EQ(w.notices.texts.size(), 1U);
    const std::string& text = w.notices.texts[0];
    EXPECT_NE(text.find("Subject: Posthouse SMTP client: errors from 127.0.0.1[127.0.0.1]:25\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("To: Postmaster <postmaster@mta.example.test>\r\n"), std::string::npos);
    EXPECT_NE(text.find(" In:  220 fake ESMTP\r\n Out: EHLO localhost\r\n"), std::string::npos);
    EXPECT_NE(text.find(" Out: AUTH PLAIN\r\n In:  235 "), std::string::npos);
    EXPECT_NE(text.find(" Out: MAIL FROM:<a@example.org>\r\n In:  501 5.5.4 not like this\r\n"), std::string::npos);
    EXPECT_EQ(w.notices.envelopes.at(0).reverse_path.address(), "double-bounce@mta.example.test");
    EXPECT_EQ(w.sink.lines.back(), "notice to postmaster not sent: see the messages before this one");
}

TEST(client_notice, only_what_is_no_fault_of_the_mail_and_only_if_wanted) {
    for (const std::string reply : {"550 5.1.1 no such user", "450 4.2.0 later", "554 5.7.1 no"}) {
        NoticeWorld w;
        w.server("127.0.0.1:25").replies["RCPT"] = reply;
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        EXPECT_TRUE(w.notices.texts.empty()) << reply;
    }
    NoticeWorld off;
    off.settings.notify_protocol = false;
    off.server("127.0.0.1:25").replies["RCPT"] = "500 5.5.2 what";
    off.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_TRUE(off.notices.texts.empty());
}

TEST(client_notice, a_notice_and_a_bounce_that_meet_trouble_make_no_other_one) {
    for (const std::string sender : {"", "Double-Bounce@mta.example.test"}) {
        NoticeWorld w;
        w.server("127.0.0.1:25").replies["MAIL"] = "500 5.5.2 what";
        auto wanted = request("[127.0.0.1]", {"x@x"});
        auto envelope = *wanted.envelope;
        envelope.reverse_path = mail::ReversePath(sender);
        wanted.envelope = std::make_shared<const mail::Envelope>(envelope);
        w.deliver(wanted);
        EXPECT_TRUE(w.notices.texts.empty());
    }
}

TEST(client_notice, each_use_of_a_kept_connection_has_a_transcript_of_its_own_and_bounds) {
    NoticeWorld w;
    auto& up = w.server("127.0.0.1:25");
    w.deliver(request("[127.0.0.1]", {"first@x"}));
    w.deliver(request("[127.0.0.1]", {"first@x"}));
    up.replies["RCPT"] = "500 5.5.2 " + std::string(1500, 'z');
    w.deliver(request("[127.0.0.1]", std::vector<std::string>(100, "second@x")));
    ASSERT_EQ(w.notices.texts.size(), 1U);
    EXPECT_EQ(w.notices.texts[0].find("first@x"), std::string::npos);
    EXPECT_NE(w.notices.texts[0].find("second@x"), std::string::npos);
    EXPECT_LT(w.notices.texts[0].size(), 66000U);
}

}  // namespace posthouse::deliver
