#pragma once
// Dates as text: RFC 5322 §3.3 in headers, syslog's in the log, ctime's in mailq. The caller brings the zone; nothing
// here asks the system for one.
#include <chrono>
#include <string>

namespace posthouse::message {

struct Zone {
    std::chrono::minutes utc_offset{0};
    std::string name = "UTC";
};

/// "Thu,  1 Jan 1970 00:00:00 +0000 (UTC)"; the day is padded with a space as in Postfix. Without a name no "(...)".
[[nodiscard]] std::string mail_date(std::chrono::system_clock::time_point when, const Zone& zone = {});
/// "Nov  2 03:45:38": the stamp of a log line.
[[nodiscard]] std::string log_stamp(std::chrono::system_clock::time_point when, const Zone& zone = {});
/// "Sun Nov 22 03:45:38": the arrival time in mailq's list.
[[nodiscard]] std::string queue_list_date(std::chrono::system_clock::time_point when, const Zone& zone = {});

}  // namespace posthouse::message
