#include "smtp/dsn_parameters.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {

TEST(dsn_parameters, read_notify) {
    const auto notify = DsnNotify::parse("success,DELAY");
    ASSERT_TRUE(notify);
    EXPECT_TRUE(notify->wants_success());
    EXPECT_FALSE(notify->wants_failure());
    EXPECT_EQ(notify->text(), "SUCCESS,DELAY");
    EXPECT_EQ(DsnNotify::parse("FAILURE,SUCCESS")->text(), "SUCCESS,FAILURE");
    EXPECT_FALSE(DsnNotify::parse("NEVER")->wants_failure());
    for (const auto bad : {"", "WRONG", "NEVER,SUCCESS", "SUCCESS,", ",SUCCESS", "SUCCESS DELAY", "SUCCESS,,DELAY"}) {
        EXPECT_FALSE(DsnNotify::parse(bad)) << bad;
    }
}

TEST(dsn_parameters, report_failures_unless_told_otherwise) {
    EXPECT_TRUE(DsnNotify{}.wants_failure());
    EXPECT_FALSE(DsnNotify{}.wants_success());
    EXPECT_EQ(DsnNotify{}.text(), "");
}

TEST(dsn_parameters, read_ret_and_envid) {
    EXPECT_EQ(parse_dsn_return("hdrs"), DsnReturn::headers);
    EXPECT_EQ(parse_dsn_return("FULL"), DsnReturn::full);
    EXPECT_FALSE(parse_dsn_return("SOME"));
    EXPECT_FALSE(parse_dsn_return(""));
    EXPECT_EQ(parse_envelope_id("abc+2B1"), "abc+1");
    for (const auto bad : {"", "a=b", "a+0Ab", "+2"}) {
        EXPECT_FALSE(parse_envelope_id(bad)) << bad;
    }
}

TEST(dsn_parameters, carry_the_original_recipient_through) {
    const auto orcpt = OriginalRecipient::parse("rfc822;orig+2Ba@old.example");
    ASSERT_TRUE(orcpt);
    EXPECT_EQ(orcpt->text(), "rfc822;orig+a@old.example");
    EXPECT_EQ(orcpt->wire(), "rfc822;orig+2Ba@old.example");
    const auto utf8 = OriginalRecipient::parse("utf-8;m\\x{FC}ller@old.example");
    ASSERT_TRUE(utf8);
    EXPECT_EQ(utf8->address, "m\xc3\xbcller@old.example");
    EXPECT_EQ(OriginalRecipient::parse(utf8->wire()), utf8);
    for (const auto bad : {"", "noaddr", "rfc822;", ";x", "rfc822;a=b", "rfc822;a+0D+0Ab", "rf c;x", "utf-8;\xff"}) {
        EXPECT_FALSE(OriginalRecipient::parse(bad)) << bad;
    }
}

TEST(dsn_parameters, write_utf8_recipients_that_read_back_the_same) {
    const OriginalRecipient odd{"utf-8", "a\\b+c=d e@x\xc3\xa4"};
    EXPECT_EQ(OriginalRecipient::parse(odd.wire()), odd);
}

}  // namespace posthouse::smtp
