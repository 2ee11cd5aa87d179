#include "tools/queue_listing.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "tools/json_text.hpp"

namespace posthouse::tools {
namespace {

QueueEntry deferred() {
    QueueEntry entry{"deferred", "3F1C2A0B", 345, 1'700'000'000, "a@example.org", false, {}};
    entry.recipients.push_back({"x@example.net", "host 127.0.0.1[127.0.0.1] said: 451 4.2.0 busy, come back (in reply to RCPT TO command)"});
    entry.recipients.push_back({"y@example.net", entry.recipients[0].reason});
    entry.recipients.push_back({"z@example.net", "short"});
    return entry;
}

// The time of day depends on the zone of whoever runs the test.
std::string without_time(std::string text) {
    const std::size_t at = text.find(" Nov ");
    return at == std::string::npos ? text : text.replace(at - 3, 19, "DDD NNN NN HH:MM:SS");
}

TEST(mailq, prints_a_message_as_postfix_does) {
    EXPECT_EQ(mailq_heading(), "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n");
    EXPECT_EQ(without_time(mailq_text(deferred())),
              "3F1C2A0B        345 DDD NNN NN HH:MM:SS  a@example.org\n"
              "(host 127.0.0.1[127.0.0.1] said: 451 4.2.0 busy, come back (in reply to RCPT TO command))\n"
              "                                         x@example.net\n"
              "                                         y@example.net\n" +
                  std::string(71, ' ') + "(short)\n"
              "                                         z@example.net\n");
}

TEST(mailq, marks_active_held_and_expired_messages) {
    QueueEntry entry = deferred();
    entry.recipients.clear();
    entry.queue_name = "active";
    EXPECT_TRUE(mailq_text(entry).starts_with("3F1C2A0B*       345 "));
    entry.queue_name = "hold";
    EXPECT_TRUE(mailq_text(entry).starts_with("3F1C2A0B!       345 "));
    entry.forced_expire = true;
    EXPECT_TRUE(mailq_text(entry).starts_with("3F1C2A0B#       345 "));
}

TEST(mailq, keeps_the_columns_with_long_ids) {
    QueueEntry entry = deferred();
    entry.recipients.clear();
    entry.id = "6A1B2C3D4E5F6";
    EXPECT_TRUE(mailq_text(entry).starts_with("6A1B2C3D4E5F6   345 "));
    entry.queue_name = "active";
    EXPECT_TRUE(mailq_text(entry).starts_with("6A1B2C3D4E5F6*  345 "));
    entry.size = 123456789;
    EXPECT_TRUE(mailq_text(entry).starts_with("6A1B2C3D4E5F6* 123456789 "));
}

TEST(mailq, shows_the_null_sender_as_mailer_daemon_and_no_control_bytes) {
    QueueEntry entry = deferred();
    entry.sender.clear();
    entry.recipients = {{"x\n@y", "a\x1b[2J"}};
    const std::string text = mailq_text(entry);
    EXPECT_NE(text.find("  MAILER-DAEMON\n"), std::string::npos);
    EXPECT_NE(text.find("x?@y\n"), std::string::npos);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(mailq, sums_up) {
    EXPECT_EQ(mailq_summary(0, 0), "Mail queue is empty\n");
    EXPECT_EQ(mailq_summary(5000, 1), "-- 4 Kbytes in 1 Request.\n");
    EXPECT_EQ(mailq_summary(5000, 2), "-- 4 Kbytes in 2 Requests.\n");
}

TEST(postqueue_json, prints_one_object_per_line_with_postfix_keys) {
    QueueEntry entry = deferred();
    entry.recipients = {{"x@example.net", "no \"way\""}, {"y@example.net", ""}};
    EXPECT_EQ(json_text(entry),
              R"({"queue_name": "deferred", "queue_id": "3F1C2A0B", "arrival_time": 1700000000, "message_size": 345, "forced_expire": false, )"
              R"("sender": "a@example.org", "recipients": [{"address": "x@example.net", "delay_reason": "no \"way\""}, {"address": "y@example.net"}]})"
              "\n");
}

TEST(json_string, is_valid_whatever_the_bytes) {
    EXPECT_EQ(json_string("a\\\"\n\x01"), "\"a\\\\\\\"\\u000a\\u0001\"");
    EXPECT_EQ(json_string("gr\xC3\xBCn"), "\"gr\xC3\xBCn\"");
    EXPECT_EQ(json_string("\xFFx\xC3"), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\"");
    EXPECT_EQ(json_string("\xED\xA0\x80\xC0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace posthouse::tools
