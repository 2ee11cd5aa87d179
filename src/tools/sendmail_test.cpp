#include <gtest/gtest.h>

#include "tools/sendmail_message.hpp"
#include "tools/sendmail_options.hpp"

namespace posthouse::tools {
namespace {

using Words = std::vector<std::string>;

TEST(sendmail_options, are_understood_in_every_way_that_programs_write_them) {
    for (const Words& words : {Words{"-t", "-i", "-f", "me@example.org"}, Words{"-tif", "me@example.org"}, Words{"-oi", "-t", "-fme@example.org"},
                               Words{"-ti", "-r<me@example.org>"}}) {
        const auto options = parse_sendmail_options(words);
        ASSERT_TRUE(options) << words[0];
        EXPECT_EQ(options->recipient_source, RecipientSource::header);
        EXPECT_EQ(options->dot, DotLine::is_content);
        EXPECT_TRUE(options->has_sender);
        EXPECT_EQ(options->sender, "me@example.org");
    }
}

TEST(sendmail_options, take_recipients_before_between_and_after) {
    const auto options = parse_sendmail_options({"a@x", "-v", "b@x,c@x", "-f", "", "--", "-d@x"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->recipients, (Words{"a@x", "b@x", "c@x", "-d@x"}));
    EXPECT_TRUE(options->has_sender);
    EXPECT_EQ(options->sender, "");
}

TEST(sendmail_options, ignore_what_has_no_meaning_here) {
    const auto options = parse_sendmail_options({"-Am", "-oem", "-O", "DeliveryMode=b", "-L", "label", "-G", "-n", "-U", "-h", "7", "-em", "x@y"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->recipients, Words{"x@y"});
    EXPECT_EQ(options->mode, SendmailMode::deliver);
}

TEST(sendmail_options, choose_the_mode) {
    const auto mode = [](Words words) { return parse_sendmail_options(words).value().mode; };
    EXPECT_EQ(mode({"-bs"}), SendmailMode::smtp);
    EXPECT_EQ(mode({"-b", "p"}), SendmailMode::list_queue);
    EXPECT_EQ(mode({"-bi"}), SendmailMode::new_aliases);
    EXPECT_EQ(mode({"-bv", "x@y"}), SendmailMode::verify);
    EXPECT_EQ(mode({"-I"}), SendmailMode::new_aliases);
    EXPECT_EQ(mode({"-q"}), SendmailMode::flush_queue);
    EXPECT_EQ(mode({"-q30m"}), SendmailMode::nothing);
    EXPECT_EQ(mode({"-bd", "-q30m"}), SendmailMode::daemon);
    EXPECT_EQ(mode({"-bH"}), SendmailMode::nothing);
    EXPECT_EQ(parse_sendmail_options({"-bi", "-oAhash:/x"})->alias_database, "hash:/x");
    EXPECT_TRUE(parse_sendmail_options({"-G", "x@y"})->is_gateway);
    EXPECT_EQ(mode({"-bd", "-q"}), SendmailMode::flush_queue);
    EXPECT_EQ(parse_sendmail_options({"-qIABC123"})->flush_argument, "ABC123");
}

TEST(sendmail_options, count_how_verbose_to_be) {
    EXPECT_EQ(parse_sendmail_options({"x@y"})->verbose, 0U);
    EXPECT_EQ(parse_sendmail_options({"-iv", "x@y"})->verbose, 1U);
    EXPECT_EQ(parse_sendmail_options({"-v", "-v", "x@y"})->verbose, 2U);
}

TEST(sendmail_options, carry_the_dsn_parameters) {
    const auto options = parse_sendmail_options({"-N", "success,delay", "-R", "hdrs", "-V", "id1", "-B8BITMIME", "x@y"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->notify, (mail::DsnNotify{.success = true, .delay = true}));
    EXPECT_EQ(options->ret, mail::DsnRet::hdrs);
    EXPECT_EQ(options->envelope_id, "id1");
    EXPECT_EQ(options->body, mail::BodyType::eight_bit_mime);
}

TEST(sendmail_options, warn_of_values_that_are_ignored) {
    EXPECT_EQ(parse_sendmail_options({"-N", "sometimes", "-R", "route", "-V", std::string(101, 'x'), "-V", "a\001b", "x@y"})->warnings,
              (Words{"bad -N option value -- ignored", "bad -R option value -- ignored", "too long -V option value -- ignored", "bad syntax in -V option value -- ignored"}));
}

TEST(sendmail_options, ask_for_variable_return_paths_in_the_new_way_and_in_the_old) {
    const auto verp = [](Words words) { return parse_sendmail_options(words)->verp; };
    EXPECT_EQ(verp({"x@y"}), std::nullopt);
    EXPECT_EQ(verp({"-XV", "-f", "owner", "x@y"}), "");
    EXPECT_EQ(verp({"-XV+=", "x@y"}), "+=");
    EXPECT_EQ(verp({"-X", "V-=", "x@y"}), "-=");
    EXPECT_EQ(verp({"-V", "-f", "owner", "x@y"}), "");
    EXPECT_EQ(verp({"-V+=", "x@y"}), "+=");
    EXPECT_EQ(verp({"-Vid1", "x@y"}), std::nullopt);
    EXPECT_EQ(parse_sendmail_options({"-V+=", "x@y"})->warnings, Words{"option -V+= is deprecated with Postfix 2.3; specify -XV+= instead"});
    EXPECT_EQ(parse_sendmail_options({"-V", "-f", "owner", "x@y"})->sender, "owner");
    EXPECT_FALSE(parse_sendmail_options({"-X", "/log", "x@y"}));
}

TEST(sendmail_options, refuse_what_they_do_not_know) {
    for (const Words& words : {Words{"-Z"}, Words{"-f"}, Words{"-bz"}, Words{"-B", "9BIT"}, Words{"-qI"}, Words{"-qR"}, Words{"-qSx"}}) {
        EXPECT_FALSE(parse_sendmail_options(words)) << words[0];
    }
}

TEST(sendmail_input, ends_at_a_single_dot_unless_told_otherwise) {
    EXPECT_EQ(message_lines("a\n..\n.\nb\n", DotLine::ends_message), "a\r\n..\r\n");
    EXPECT_EQ(message_lines("a\r\n.\r\nb\r\n", DotLine::ends_message), "a\r\n");
    EXPECT_EQ(message_lines("a\n.\nb", DotLine::is_content), "a\r\n.\r\nb\r\n");
    EXPECT_EQ(message_lines("", DotLine::is_content), "");
}

TEST(sendmail_input, loses_the_line_that_mbox_files_begin_with) {
    EXPECT_EQ(message_lines("From a@b Mon Jan  1\nSubject: t\n\nFrom here on\n", DotLine::ends_message), "Subject: t\r\n\r\nFrom here on\r\n");
}

TEST(sendmail_header, gives_the_recipients_and_loses_bcc) {
    const auto prepared = prepare_message("To: to@example.net, Two <two@example.net>\r\nBCC:\r\n bcc@example.net\r\nCc: cc@example.net\r\n"
                                          "Subject: t\r\n\r\nBcc: not@this\r\n",
                                          RecipientSource::header, {});
    EXPECT_EQ(prepared.recipients, (Words{"to@example.net", "two@example.net", "bcc@example.net", "cc@example.net"}));
    EXPECT_EQ(prepared.content, "To: to@example.net, Two <two@example.net>\r\nCc: cc@example.net\r\nSubject: t\r\n\r\nBcc: not@this\r\n");
}

TEST(sendmail_header, prefers_resent_recipients) {
    const auto prepared = prepare_message("Resent-To: new@x\r\nTo: old@x\r\n\r\n", RecipientSource::header, {});
    EXPECT_EQ(prepared.recipients, Words{"new@x"});
}

TEST(sendmail_header, is_left_alone_without_t) {
    const std::string text = "To: to@example.net\r\nBcc: b@x\r\n\r\nbody\r\n";
    const auto prepared = prepare_message(text, RecipientSource::arguments, {});
    EXPECT_TRUE(prepared.recipients.empty());
    EXPECT_EQ(prepared.content, text);
}

TEST(sendmail_header, survives_a_body_without_header) {
    EXPECT_EQ(prepare_message("just text here\r\n", RecipientSource::header, {}).content, "\r\njust text here\r\n");
    EXPECT_EQ(prepare_message(" text\r\n", RecipientSource::arguments, {"Me", "me@x"}).content, "From: Me <me@x>\r\n\r\n text\r\n");
    EXPECT_EQ(prepare_message("", RecipientSource::arguments, {}).content, "");
}

TEST(sendmail_header, gets_the_full_name_if_it_has_no_from) {
    const FromLine from{"J. Doe", "me@x"};
    EXPECT_EQ(prepare_message("Subject: t\r\n\r\n", RecipientSource::arguments, from).content, "From: \"J. Doe\" <me@x>\r\nSubject: t\r\n\r\n");
    EXPECT_EQ(prepare_message("from: other@x\r\n\r\n", RecipientSource::arguments, from).content, "from: other@x\r\n\r\n");
    EXPECT_EQ(from_value({"a\"b\nc", "me@x"}), "\"a\\\"b c\" <me@x>");
}

}  // namespace
}  // namespace posthouse::tools
