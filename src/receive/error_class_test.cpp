#include "receive/error_class.hpp"

#include <gtest/gtest.h>

#include "receive/replies.hpp"

namespace posthouse::receive {

TEST(ErrorClass, follows_from_what_the_reply_says) {
    using smtp::Reply;
    EXPECT_EQ(error_class_of(replies::ok()), ErrorClass::none);
    EXPECT_EQ(error_class_of(Reply::make(451, "4.3.5 Server configuration error")), ErrorClass::software);
    EXPECT_EQ(error_class_of(Reply::make(451, "4.3.5 <a@b>: Recipient address rejected: Server configuration problem")), ErrorClass::policy);
    EXPECT_EQ(error_class_of(Reply::make(454, "4.7.0 TLS not available due to local problem")), ErrorClass::software);
    EXPECT_EQ(error_class_of(replies::insufficient_storage()), ErrorClass::resource);
    EXPECT_EQ(error_class_of(Reply::make(451, "4.3.0 Error: queue file write error")), ErrorClass::resource);
    EXPECT_EQ(error_class_of(Reply::make(451, "4.3.0 <a@b>: Temporary lookup failure")), ErrorClass::data);
    EXPECT_EQ(error_class_of(replies::not_recognized()), ErrorClass::protocol);
    EXPECT_EQ(error_class_of(Reply::make(501, "Syntax: HELO hostname")), ErrorClass::protocol);
    EXPECT_EQ(error_class_of(Reply::make(503, "5.5.1 Error: need MAIL command")), ErrorClass::protocol);
    EXPECT_EQ(error_class_of(Reply::make(554, "5.7.1 <a@b>: Relay access denied")), ErrorClass::policy);
    EXPECT_EQ(error_class_of(Reply::make(454, "4.7.1 <a@b>: Relay access denied")), ErrorClass::policy);
    EXPECT_EQ(error_class_of(Reply::make(504, "5.5.2 <x>: Helo command rejected: need fully-qualified hostname")), ErrorClass::policy);
    EXPECT_EQ(error_class_of(replies::message_too_big()), ErrorClass::policy);
}

TEST(ErrorClass, only_the_words_of_notify_classes_count) {
    ErrorClasses met;
    met.add(ErrorClass::none);
    EXPECT_TRUE(met.empty());
    met.add(ErrorClass::protocol);
    EXPECT_TRUE(met.shares(ErrorClasses::parse({"resource", "Protocol"})));
    EXPECT_FALSE(met.shares(ErrorClasses::parse({"resource", "software", "bounce", "2bounce", "delay"})));
}

}  // namespace posthouse::receive
