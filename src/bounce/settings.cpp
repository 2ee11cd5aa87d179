#include "bounce/settings.hpp"

#include "base/text.hpp"

namespace posthouse::bounce {

BounceSettings BounceSettings::from(const config::View& view) {
    return from(view, std::string(), [](const std::string&) {});
}

BounceSettings BounceSettings::from(const config::View& view, const base::Result<std::string>& template_file, const Warn& warn) {
    BounceSettings out;
    out.myhostname = view.text("myhostname");
    out.myorigin = view.text("myorigin");
    out.mail_name = view.text("mail_name");
    out.syslog_name = view.text("syslog_name");
    out.double_bounce_sender = view.text("double_bounce_sender");
    out.bounce_notice_recipient = view.text("bounce_notice_recipient");
    out.double_bounce_notice_recipient = view.text("2bounce_notice_recipient");
    out.delay_notice_recipient = view.text("delay_notice_recipient");
    out.disable_verp_bounces = view.boolean("disable_verp_bounces");
    out.templates = templates_for(view, template_file, warn);
    out.bounce_size_limit = view.size("bounce_size_limit");
    for (const std::string& word : view.list("notify_classes")) {
        out.notify_bounce = out.notify_bounce || base::iequals(word, "bounce");
        out.notify_double_bounce = out.notify_double_bounce || base::iequals(word, "2bounce");
        out.notify_delay = out.notify_delay || base::iequals(word, "delay");
    }
    return out;
}

std::string BounceSettings::complete(const std::string& address) const {
    return address.find('@') == std::string::npos ? address + "@" + myorigin : address;
}

}  // namespace posthouse::bounce
