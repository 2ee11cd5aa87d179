#include "message/date.hpp"

#include <gtest/gtest.h>

#include "message/message_id.hpp"

namespace posthouse::message {
namespace {

std::chrono::system_clock::time_point at(std::int64_t seconds) {
    return std::chrono::system_clock::time_point{} + std::chrono::seconds(seconds);
}
constexpr std::int64_t sunday = 1795319138;  // 2026-11-22 03:45:38 UTC

}  // namespace

TEST(date, is_written_as_in_mail_headers) {
    EXPECT_EQ(mail_date(at(0)), "Thu,  1 Jan 1970 00:00:00 +0000 (UTC)");
    EXPECT_EQ(mail_date(at(sunday)), "Sun, 22 Nov 2026 03:45:38 +0000 (UTC)");
    EXPECT_EQ(mail_date(at(sunday), {std::chrono::minutes(330), "IST"}), "Sun, 22 Nov 2026 09:15:38 +0530 (IST)");
    EXPECT_EQ(mail_date(at(sunday), {std::chrono::hours(-5), "EST"}), "Sat, 21 Nov 2026 22:45:38 -0500 (EST)");
    EXPECT_EQ(mail_date(at(sunday), {std::chrono::minutes(-30), ""}), "Sun, 22 Nov 2026 03:15:38 -0030");
}

TEST(date, is_written_as_in_the_log_and_in_mailq) {
    EXPECT_EQ(log_stamp(at(sunday)), "Nov 22 03:45:38");
    EXPECT_EQ(log_stamp(at(0)), "Jan  1 00:00:00");
    EXPECT_EQ(queue_list_date(at(sunday)), "Sun Nov 22 03:45:38");
    EXPECT_EQ(queue_list_date(at(0), {std::chrono::hours(-1), ""}), "Wed Dec 31 23:00:00");
}

TEST(message_id, is_made_of_time_queue_id_and_host) {
    EXPECT_EQ(make_message_id({.arrival = at(sunday), .queue_id = "4abcXYZ", .myhostname = "mta.example.test"}),
              "<20261122034538.4abcXYZ@mta.example.test>");
}

}  // namespace posthouse::message
