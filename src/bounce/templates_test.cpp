#include "bounce/templates.hpp"

#include <gtest/gtest.h>

#include "bounce/dsn_message.hpp"

namespace posthouse::bounce {
namespace {

class TemplatesTest : public testing::Test {
protected:
    [[nodiscard]] base::Result<Templates> parse(std::string_view text) {
        return parse_templates(text, "b.cf", [this](std::string warning) { warnings += warning + "\n"; });
    }
    [[nodiscard]] std::string expand(std::string text) {
        NoticeTemplate shape = built_in_templates().delay;
        shape.is_built_in = false;
        shape.text = std::move(text);
        const auto out = expanded_text(shape, "b.cf", view, [this](std::string warning) { warnings += warning + "\n"; });
        return out ? *out : "? " + out.error().text;
    }
    config::View view = config::View::of("myhostname = mail.example.test\ndelay_warning_time = 4h\nmine = $myhostname!\n");
    std::string warnings;
};

}  // namespace

TEST_F(TemplatesTest, what_is_written_out_reads_back) {
    const auto again = parse(template_file(built_in_templates()));
    ASSERT_TRUE(again);
    EXPECT_EQ(warnings, "");
    EXPECT_EQ(template_file(*again), template_file(built_in_templates()));
    EXPECT_TRUE(built_in_templates().failure.is_built_in);
    EXPECT_FALSE(again->failure.is_built_in);
}

TEST_F(TemplatesTest, a_file_replaces_what_it_names) {
    const auto parsed = parse("# note\n\ndelay_template = <<END\nsubject: Late\nCharset: utf-8\n\n\nSpät: x\n\nEOF\nEND\n");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(warnings, "");
    EXPECT_EQ(parsed->delay.subject, "Late");
    EXPECT_EQ(parsed->delay.postmaster_subject, "Postmaster Warning: Delayed Mail");
    EXPECT_EQ(parsed->delay.text, "Spät: x\n\nEOF\n");
    EXPECT_TRUE(parsed->failure.is_built_in);
}

TEST_F(TemplatesTest, a_template_that_cannot_be_used_leaves_ours) {
    const auto parsed = parse(
        "failure_template = <<E\nSubject: \xc3\x9c\n\nx\nE\n"
        "delay_template = <<E\nSubject:\n\nx\nE\n"
        "success_template = <<E\nPostmaster-Subject: x\n\nx\nE\n"
        "verify_template = <<E\nSubject: x\n\n\nE\n"
        "other_template = <<E\nE\n"
        "verify_template = <<E\nX-Y: z\n\nx\nE\n"
        "verify_template = <<E\n\xc3\x9c\n");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(warnings,
              "b.cf: non-ASCII \"Subject\" header value in failure template -- ignoring this template\n"
              "b.cf: empty \"Subject\" header value in delay template -- ignoring this template\n"
              "b.cf: inapplicable \"Postmaster-Subject\" header label in success template -- ignoring this template\n"
              "b.cf: missing message text in verify template -- ignoring this template\n"
              "b.cf, line 21: unknown template name: other_template -- ignoring this template\n"
              "b.cf: unknown \"X-Y\" header label in verify template -- ignoring this template\n"
              "b.cf, line 29: missing \"E\" end marker\n"
              "b.cf: 8-bit message text in verify template; please specify a charset value other than us-ascii -- ignoring this template for now\n");
    EXPECT_EQ(template_file(*parsed), template_file(built_in_templates()));
}

TEST_F(TemplatesTest, a_file_of_another_form_is_an_error_with_its_line) {
    EXPECT_EQ(parse("\nxyz\n").error().text, "b.cf, line 2: missing '=' after attribute name: \"xyz\"");
    EXPECT_EQ(parse("x = <<\n").error().text, "b.cf, line 1: missing end marker after <<");
    EXPECT_EQ(parse("x = <<'E'\n").error().text, "b.cf, line 1: malformed end marker after <<");
}

TEST_F(TemplatesTest, texts_have_macros_and_times_in_units) {
    EXPECT_EQ(expand("$myhostname $$x ${mine}\n$delay_warning_time_hours h, $maximal_queue_lifetime_days d\n"), "mail.example.test $x mail.example.test!\n4 h, 5 d\n");
    EXPECT_EQ(expand("until $will_retry_until.\n"), "until $will_retry_until.\n");
    EXPECT_EQ(warnings, "");
    EXPECT_EQ(expand("$delay_warning_time_days $maximal_queue_lifetime_minutes\n"), "0 7200\n");
    EXPECT_NE(warnings.find("zero result in delay template"), std::string::npos);
    EXPECT_NE(warnings.find("excessive result \"7200\""), std::string::npos);
    EXPECT_EQ(expand("a\n$nosuch b\n"), "? b.cf: undefined $name in delay template: $nosuch b");
    EXPECT_EQ(expand("${x\n"), "? b.cf: bad $name syntax in delay template: ${x");
    EXPECT_EQ(expand("$delay_warning_time_years\n"), "? b.cf: unrecognized suffix \"years\" in parameter \"delay_warning_time_years\"");
}

TEST_F(TemplatesTest, a_file_that_cannot_be_used_leaves_all_of_ours) {
    const config::View wants = config::View::of("bounce_template_file = b.cf\n");
    const auto warn = [this](std::string warning) { warnings += warning + "\n"; };
    const Templates templates = templates_for(wants, base::fail(base::ErrorKind::not_found, "open b.cf: No such file or directory"), warn);
    EXPECT_TRUE(templates.delay.is_built_in);
    EXPECT_EQ(warnings, "bounce_template_file: open b.cf: No such file or directory; the built-in texts are used\n");
    warnings.clear();
    EXPECT_TRUE(templates_for(wants, std::string("delay_template = <<E\n$nosuch\nE\n"), warn).delay.is_built_in);
    EXPECT_EQ(warnings, "b.cf: undefined $name in delay template: $nosuch; the built-in text is used\n");
}

TEST_F(TemplatesTest, a_notice_is_made_from_its_template) {
    const config::View wants = config::View::of("myhostname = mta.example.test\nmyorigin = example.test\nbounce_template_file = b.cf\n");
    const std::string file = "failure_template = <<E\nCharset: iso-8859-1\nFrom: Post <post>\nSubject: Oops\nPostmaster-Subject: Copy\n\n\xfc $myhostname\nE\n";
    const BounceSettings settings = BounceSettings::from(wants, file, [](const std::string& warning) { ADD_FAILURE() << warning; });
    mail::Notification notification;
    notification.envelope = std::make_shared<mail::Envelope>();
    notification.will_retry_until = world::WallTime{} + std::chrono::seconds(2000000);
    Notice notice;
    notice.entries.emplace_back();
    notice.entries.back().recipient.address = "gone@example.net";
    std::string made = compose_dsn(notification, notice, {}, settings).before;
    EXPECT_NE(made.find("\r\nFrom: Post <post@example.test>\r\nSubject: Oops\r\n"), std::string::npos) << made;
    EXPECT_NE(made.find("text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xfc mta.example.test\r\n\r\n<gone@example.net>:"), std::string::npos) << made;
    notice.audience = Audience::postmaster;
    made = compose_dsn(notification, notice, {}, settings).before;
    EXPECT_NE(made.find("\r\nSubject: Copy\r\n"), std::string::npos) << made;
    EXPECT_NE(made.find("\xfc mta.example.test"), std::string::npos) << made;
    notification.kind = mail::NotificationKind::delay;
    notice.audience = Audience::sender;
    made = compose_dsn(notification, notice, {}, settings).before;
    EXPECT_NE(made.find("will be tried until\r\nSat, 24 Jan 1970 03:33:20 +0000 (UTC).\r\n"), std::string::npos) << made;
}

}  // namespace posthouse::bounce
