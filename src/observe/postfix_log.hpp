#pragma once
// PostfixLog: events as log lines in Postfix's grammar, which pflogsumm, logwatch and years of habit can read:
// "Nov 22 03:45:38 host postfix/smtpd[PID]: 65C…: client=localhost[127.0.0.1]".
#include <functional>
#include <mutex>
#include <string>

#include "observe/event.hpp"
#include "observe/log_output.hpp"
#include "world/deadline.hpp"

namespace posthouse::observe {

struct LogSettings {
    std::string hostname;  // its first label is what is printed
    int process_id = 0;
    std::function<world::WallTime()> now;
    std::function<std::chrono::minutes(world::WallTime)> zone_offset;  // asked once a second at most
    int delay_decimals = 2;                                            // delay_logging_resolution_limit
};

class PostfixLog final : public EventSink {
public:
    PostfixLog(LogSettings settings, LogOutput& output);
    void on(Speaker speaker, const Event& event) override;

private:
    void append_stamp(std::string& out);

    LogSettings settings_;
    std::string hostname_and_space_;
    std::string process_;  // "[PID]: "
    LogOutput& output_;
    std::mutex stamp_mutex_;
    std::chrono::sys_seconds stamped_second_{};
    std::string stamp_;
};

/// The part of a line after "postfix/smtpd[PID]: ", without its LF; hostile bytes are '?'.
[[nodiscard]] std::string event_text(const Event& event, int delay_decimals = 2);

/// Seconds as Postfix logs delays: two significant digits, at most `decimals` after the point, no trailing zeros: "0.12",
/// "5.3", "12", "123", "0".
[[nodiscard]] std::string delay_text(double seconds, int decimals = 2);

}  // namespace posthouse::observe
