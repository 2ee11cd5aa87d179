#include "mail/record.hpp"

#include <gtest/gtest.h>

#include "mail/maildrop_format.hpp"

namespace posthouse::mail {
namespace {

TEST(record, keeps_every_byte_of_a_value) {
    std::string all;
    for (int c = 0; c < 256; ++c) {
        all += static_cast<char>(c);
    }
    Record record("word");
    record.add("a", all).add("b", "").add("n", 42);
    std::string line = encode(record);
    ASSERT_EQ(line.find('\n'), line.size() - 1);
    line.pop_back();
    const auto decoded = decode_record(line);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, record);
    EXPECT_EQ(decoded->number("n"), 42U);
    EXPECT_EQ(decoded->number("b"), std::nullopt);
}

TEST(record, refuses_malformed_lines) {
    for (const char* line : {"", " list", "list  x=1", "list x", "list =1", "list x=%4", "list x=%zz", "list x=a\tb", "li\xc3\xbcst"}) {
        EXPECT_FALSE(decode_record(line)) << line;
    }
}

TEST(record, never_makes_a_line_that_the_other_side_refuses) {
    Record record("word");
    for (int i = 0; i < 10; ++i) {
        record.add("key", std::string(20'000, '%'));
    }
    EXPECT_LE(encode(record).size(), record_length_max);
}

TEST(maildrop, round_trips) {
    Submission submission;
    submission.envelope.recipients.push_back({"a b@x", "a b@x", {}, {.success = true, .delay = true}});
    submission.envelope.recipients.push_back({"c@y", "c@y", {}, {}});
    submission.envelope.ret = DsnRet::hdrs;
    submission.envelope.envelope_id = "id%1";
    submission.envelope.body = BodyType::eight_bit_mime;
    submission.envelope.purpose = Envelope::Purpose::ask;
    submission.envelope.verp_delimiters = "+=";
    submission.uid = 1000;
    const std::string file = encode_maildrop(submission, "Subject: t\n\nx\n");
    const auto view = decode_maildrop(file);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->content, "Subject: t\n\nx\n");
    EXPECT_EQ(view->submission.envelope, submission.envelope);
    EXPECT_EQ(view->submission.uid, 1000U);
}

TEST(maildrop, notices_every_truncation) {
    Submission submission;
    submission.envelope.recipients.push_back({"c@y", {}, {}, {}});
    const std::string file = encode_maildrop(submission, "Subject: t\n\nx\n");
    for (std::size_t size = 0; size < file.size(); ++size) {
        EXPECT_FALSE(decode_maildrop(std::string_view(file).substr(0, size))) << size;
    }
}

TEST(maildrop, refuses_a_purpose_that_it_does_not_know) {
    EXPECT_TRUE(decode_maildrop("mail version=1 uid=0 sender=a purpose=report\nrecipient address=x\ncontent size=0\n"));
    EXPECT_FALSE(decode_maildrop("mail version=1 uid=0 sender=a purpose=other\nrecipient address=x\ncontent size=0\n"));
}

TEST(maildrop, refuses_addresses_that_could_break_a_line) {
    EXPECT_FALSE(decode_maildrop("mail version=1 uid=0 sender=a%0Ab\nrecipient address=x\ncontent size=0\n"));
    EXPECT_FALSE(decode_maildrop("mail version=1 uid=0 sender=a\nrecipient address=x%0D\ncontent size=0\n"));
    EXPECT_FALSE(decode_maildrop("mail version=1 uid=0 sender=a\nrecipient address=\ncontent size=0\n"));
    EXPECT_FALSE(decode_maildrop("mail version=1 uid=0 sender=a\ncontent size=0\n"));
    EXPECT_FALSE(decode_maildrop("mail version=2 uid=0 sender=a\nrecipient address=x\ncontent size=0\n"));
    EXPECT_TRUE(decode_maildrop("mail version=1 uid=0 sender=\nrecipient address=x\ncontent size=0\n"));
}

TEST(maildrop, names_in_the_making_are_left_alone) {
    EXPECT_TRUE(is_maildrop_name("6A1B2C3D4E5F6"));
    EXPECT_FALSE(is_maildrop_name("tmp.123.456"));
    EXPECT_FALSE(is_maildrop_name(".x"));
}

}  // namespace
}  // namespace posthouse::mail
