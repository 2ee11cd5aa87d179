#include "cleanup/settings.hpp"

#include "base/text.hpp"

namespace posthouse::cleanup {

namespace {

std::optional<std::bitset<256>> character_set(std::string_view text) {
    std::bitset<256> out;
    for (const char c : base::unescape(text)) {
        out.set(static_cast<unsigned char>(c));
    }
    out.reset('\r');
    out.reset('\n');
    return out.any() ? std::optional(out) : std::nullopt;
}

}  // namespace

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
    const std::string undisclosed = view.text("undisclosed_recipients_header");
    const std::size_t colon = undisclosed.find(':');
    if (colon != std::string::npos && colon > 0 && undisclosed.find_first_of(" \t\r\n") > colon) {
        out.undisclosed_recipients_header = undisclosed;
    }
    out.message_reject_characters = character_set(view.text("message_reject_characters"));
    out.message_strip_characters = character_set(view.text("message_strip_characters"));
    out.strict_7bit_headers = view.boolean("strict_7bit_headers");
    out.always_add_missing_headers = view.boolean("always_add_missing_headers");
    for (const std::string& name : view.list("message_drop_headers")) {
        out.message_drop_headers.push_back(base::lower(name));
    }
    out.duplicate_filter_limit = static_cast<std::size_t>(view.integer("duplicate_filter_limit"));
    out.verp_delimiter_filter = view.text("verp_delimiter_filter");
    for (const std::string& word : view.list("internal_mail_filter_classes")) {
        out.filters_notices = out.filters_notices || base::iequals(word, "bounce") || base::iequals(word, "notify");
    }
    out.content_filter = view.text("content_filter");
    out.myhostname = view.text("myhostname");
    out.queue_directory = view.text("queue_directory");
    out.label = view.text("syslog_name") + "/cleanup";
    return out;
}

}  // namespace posthouse::cleanup
