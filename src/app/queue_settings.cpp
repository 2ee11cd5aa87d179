#include "app/queue_settings.hpp"

namespace posthouse::app {

queue::QueueSettings queue_settings(const config::View& view) {
    queue::QueueSettings out;
    out.qmgr_message_active_limit = static_cast<std::size_t>(view.integer("qmgr_message_active_limit"));
    out.qmgr_message_recipient_limit = static_cast<std::size_t>(view.integer("qmgr_message_recipient_limit"));
    out.qmgr_clog_warn_time = view.time("qmgr_clog_warn_time");
    out.minimal_backoff_time = view.time("minimal_backoff_time");
    out.maximal_backoff_time = view.time("maximal_backoff_time");
    out.maximal_queue_lifetime = view.time("maximal_queue_lifetime");
    out.bounce_queue_lifetime = view.time("bounce_queue_lifetime");
    out.delay_warning_time = view.time("delay_warning_time");
    out.confirm_delay_cleared = view.boolean("confirm_delay_cleared");
    out.soft_bounce = view.boolean("soft_bounce");
    out.myhostname = view.text("myhostname");
    out.default_filter_nexthop = view.text("default_filter_nexthop");
    out.defer_transports = view.list("defer_transports");
    out.qmgr_label = view.text("syslog_name") + "/qmgr";
    out.error_label = view.text("syslog_name") + "/error";
    return out;
}

}  // namespace posthouse::app
