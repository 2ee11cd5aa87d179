#include "cleanup/check_actions.hpp"

#include <gtest/gtest.h>

namespace posthouse::cleanup {

namespace {

using Disposition = mail::Envelope::Disposition;
using Reason = mail::IntakeRefusal::Reason;

class Lines final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override {
        if (const auto* said = std::get_if<observe::Rejected>(&event)) {
            lines.push_back(std::string(said->action) + ": " + std::string(said->text));
        } else if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            lines.push_back("warning: " + std::string(remark->text));
        }
    }
    std::vector<std::string> lines;
};

struct Rig {
    Rig() {
        envelope.reverse_path = mail::ReversePath("a@x");
        envelope.origin = {.client_name = "c", .client_address = "192.0.2.1", .helo_name = "h", .protocol = "ESMTP"};
    }
    checks::Judgement judge(std::string_view value, std::string_view line = "Subject: s") {
        events.lines.clear();
        return checks::judge(value, {"header_checks", checks::Part::header, line}, actions);
    }
    mail::Envelope envelope;
    Lines events;
    std::string label = "postfix/cleanup";
    CheckActions actions{envelope, "r@x", mail::QueueId{}, events, label};
};

constexpr std::string_view story = "header Subject: s from c[192.0.2.1]; from=<a@x> to=<r@x> proto=ESMTP helo=<h>";
std::vector<std::string> told(std::string_view action, std::string_view text) { return {std::string(action) + ": " + std::string(story) + std::string(text)}; }

}  // namespace

TEST(check_actions, reject_has_a_code_and_words) {
    struct Case {
        std::string_view value, reply;
        Reason reason;
    };
    for (const Case& one : {Case{"REJECT no such subjects", "5.7.1 no such subjects", Reason::rejected}, Case{"reject", "5.7.1 message content rejected", Reason::rejected},
                            Case{"REJECT 5.7.2 own code", "5.7.2 own code", Reason::rejected}, Case{"REJECT 4.2.0 later", "4.2.0 later", Reason::rejected_for_now}}) {
        Rig rig;
        EXPECT_TRUE(rig.judge(one.value).ends_checks);
        EXPECT_EQ(rig.events.lines, told("reject", ": " + std::string(one.reply)));
        ASSERT_TRUE(rig.actions.refusal().has_value());
        EXPECT_EQ(rig.actions.refusal()->text, one.reply);
        EXPECT_EQ(rig.actions.refusal()->reason, one.reason);
    }
    Rig rig;
    rig.judge("REJECT 2.0.0 what");
    EXPECT_EQ(rig.actions.refusal()->text, "4.0.0 what");
    EXPECT_EQ(rig.events.lines.front(), "warning: bad DSN action in 2.0.0 what -- need 4.x.x or 5.x.x");
}

TEST(check_actions, about_the_message) {
    Rig rig;
    EXPECT_FALSE(rig.judge("HOLD look").ends_checks);
    EXPECT_EQ(rig.events.lines, told("hold", ": look"));
    EXPECT_EQ(rig.envelope.disposition, Disposition::hold);
    rig.judge("HOLD again");
    EXPECT_TRUE(rig.events.lines.empty());
    EXPECT_FALSE(rig.judge("FILTER scan:[127.0.0.1]:10025").ends_checks);
    EXPECT_EQ(rig.events.lines, told("filter", ": scan:[127.0.0.1]:10025"));
    EXPECT_EQ(rig.actions.changes().filter, "scan:[127.0.0.1]:10025");
    EXPECT_FALSE(rig.judge("BCC b@x").ends_checks);
    EXPECT_EQ(rig.actions.changes().quiet_bcc, std::vector<std::string>{"b@x"});
    EXPECT_TRUE(rig.judge("REDIRECT boss@x").ends_checks);
    EXPECT_EQ(rig.actions.changes().redirect, "boss@x");
    EXPECT_TRUE(rig.judge("DISCARD").ends_checks);
    EXPECT_EQ(rig.events.lines, told("discard", ""));
    EXPECT_EQ(rig.envelope.disposition, Disposition::discard);
    EXPECT_TRUE(rig.judge("PASS fine").ends_checks);
    EXPECT_EQ(rig.events.lines, told("pass", ": fine"));
    EXPECT_FALSE(rig.actions.refusal().has_value());
}

TEST(check_actions, mistakes_change_nothing) {
    Rig rig;
    for (const auto& [value, warning] : std::initializer_list<std::pair<std::string_view, std::string>>{
             {"FILTER", "missing FILTER command argument in header_checks map"},
             {"FILTER smtp", "bad FILTER command smtp in header_checks -- need transport:destination"},
             {"REDIRECT boss", "bad REDIRECT target \"boss\" in header_checks map -- need user@domain"},
             {"BCC boss", "bad BCC address \"boss\" in header_checks map -- need user@domain"},
             {"DELAY 5", "unknown command in header_checks map: DELAY 5"}}) {
        EXPECT_FALSE(rig.judge(value).ends_checks) << value;
        EXPECT_EQ(rig.events.lines, std::vector<std::string>{"warning: " + warning});
    }
    EXPECT_EQ(rig.actions.changes().filter, "");
    EXPECT_EQ(rig.actions.changes().redirect, "");
}

TEST(check_actions, what_is_not_known_is_left_out_of_the_log_and_long_lines_are_cut) {
    Rig rig;
    rig.envelope.origin = {};
    rig.judge("WARN", "Subject: " + std::string(300, 'x'));
    EXPECT_EQ(rig.events.lines, std::vector<std::string>{"warning: header Subject: " + std::string(191, 'x') + " from local; from=<a@x> to=<r@x>"});
}

}  // namespace posthouse::cleanup
