#include "verify/settings.hpp"

#include <algorithm>

#include "mail/probe_sender.hpp"

namespace posthouse::verify {

VerifySettings VerifySettings::from(const config::View& view) {
    VerifySettings out;
    out.label = view.text("syslog_name") + "/verify";
    out.address_verify_map = view.text("address_verify_map");
    out.address_verify_negative_cache = view.boolean("address_verify_negative_cache");
    out.address_verify_positive_expire_time = view.time("address_verify_positive_expire_time");
    out.address_verify_positive_refresh_time = view.time("address_verify_positive_refresh_time");
    out.address_verify_negative_expire_time = view.time("address_verify_negative_expire_time");
    out.address_verify_negative_refresh_time = view.time("address_verify_negative_refresh_time");
    out.address_verify_cache_cleanup_interval = view.time("address_verify_cache_cleanup_interval");
    out.address_verify_pending_request_limit = static_cast<std::size_t>(std::max<std::int64_t>(0, view.integer("address_verify_pending_request_limit")));
    out.address_verify_sender = mail::probe_sender_address(view.text("address_verify_sender"));
    out.address_verify_sender_ttl = view.time("address_verify_sender_ttl");
    return out;
}

}  // namespace posthouse::verify
