#pragma once
// What bounce takes from main.cf (bounce(8)).
#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "bounce/templates.hpp"
#include "config/view.hpp"
#include "message/date.hpp"

namespace posthouse::bounce {

struct BounceSettings {
    std::string myhostname;
    std::string myorigin;
    std::string mail_name;
    std::string syslog_name = "postfix";
    std::string double_bounce_sender = "double-bounce";
    std::string bounce_notice_recipient = "postmaster";
    std::string double_bounce_notice_recipient = "postmaster";  // 2bounce_notice_recipient
    std::string delay_notice_recipient = "postmaster";
    base::Bytes bounce_size_limit{50000};
    // notify_classes, as far as bounce is concerned.
    bool notify_bounce = false;
    bool notify_double_bounce = false;  // 2bounce
    bool notify_delay = false;
    bool disable_verp_bounces = false;
    Templates templates;  // texts expanded
    /// The local time zone at a moment; empty: UTC.
    std::function<message::Zone(std::chrono::system_clock::time_point)> zone;

    /// With the built-in templates.
    [[nodiscard]] static BounceSettings from(const config::View& view);
    /// `template_file`: what bounce_template_file has; not looked at if the parameter is empty.
    [[nodiscard]] static BounceSettings from(const config::View& view, const base::Result<std::string>& template_file, const Warn& warn);
    [[nodiscard]] message::Zone zone_at(std::chrono::system_clock::time_point when) const { return zone ? zone(when) : message::Zone{}; }
    /// Completed with @$myorigin if it has no domain.
    [[nodiscard]] std::string complete(const std::string& address) const;
};

}  // namespace posthouse::bounce
