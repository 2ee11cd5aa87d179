#include "cleanup/settings.hpp"

#include "base/text.hpp"

namespace posthouse::cleanup {

CleanupSettings CleanupSettings::from(const config::View& view) {
    CleanupSettings out;
    out.hopcount_limit = static_cast<std::size_t>(view.integer("hopcount_limit"));
    out.header_size_limit = view.size("header_size_limit");
    out.message_size_limit = view.size("message_size_limit");
    out.queue_minfree = view.size("queue_minfree");
    out.detect_8bit_encoding_header = view.boolean("detect_8bit_encoding_header");
    if (view.boolean("smtputf8_enable")) {
        for (const std::string& word : view.list("smtputf8_autodetect_classes")) {
            const bool all = base::iequals(word, "all");
            out.smtputf8_autodetects[0] = out.smtputf8_autodetects[0] || all || base::iequals(word, "smtpd");
            out.smtputf8_autodetects[1] = out.smtputf8_autodetects[1] || all || base::iequals(word, "sendmail");
            out.smtputf8_autodetects[2] = out.smtputf8_autodetects[2] || all || base::iequals(word, "bounce") || base::iequals(word, "notify");
        }
    }
    out.always_add_missing_headers = view.boolean("always_add_missing_headers");
    for (const std::string& name : view.list("message_drop_headers")) {
        out.message_drop_headers.push_back(base::lower(name));
    }
    out.duplicate_filter_limit = static_cast<std::size_t>(view.integer("duplicate_filter_limit"));
    out.content_filter = view.text("content_filter");
    out.myhostname = view.text("myhostname");
    out.queue_directory = view.text("queue_directory");
    out.label = view.text("syslog_name") + "/cleanup";
    return out;
}

}  // namespace posthouse::cleanup
