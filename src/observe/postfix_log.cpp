#include "observe/postfix_log.hpp"

#include <array>
#include <cmath>

#include "base/case_fold.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::observe {

namespace {

constexpr std::size_t text_max = 8000;  // of one line; the rest is cut
constexpr std::size_t usual_length = 320;  // most lines need no more

// Length of the UTF-8 character that `text` begins with; 0 if it is none, or one that a terminal or a viewer takes for an
// order or for a line end: C1 controls, U+2028, U+2029.
std::size_t shown_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    const std::string_view character = text.substr(0, length);
    const bool is_order = (character >= "\xc2\x80" && character < "\xc2\xa0") || character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
    return character.size() == length && !is_order && base::is_utf8(character) ? length : 0;
}

// Everything that a peer may have written passes here: nobody forges a second line.
struct Writer {
    std::string& out;
    int delay_decimals;
    std::size_t start = out.size();

    Writer& operator<<(std::string_view text) {
        text = text.substr(0, text_max - std::min(text_max, out.size() - start));
        for (std::size_t at = 0; at < text.size(); ++at) {
            const std::size_t plain = at;
            while (at < text.size() && base::is_ascii(text[at]) && !base::is_control(text[at])) {
                ++at;
            }
            out.append(text, plain, at - plain);
            if (at == text.size()) {
                break;
            }
            if (base::is_ascii(text[at])) {
                out += '?';
            } else if (const std::size_t length = shown_length(text.substr(at)); length > 0) {
                out += text.substr(at, length);
                at += length - 1;
            } else {
                out += '?';
            }
        }
        return *this;
    }
    Writer& operator<<(std::uint64_t number) {
        base::append_number(out, number);
        return *this;
    }
    Writer& head(std::string_view queue_id) { return *this << (queue_id.empty() ? "NOQUEUE" : queue_id) << ": "; }

    void operator()(const ClientConnected& e) { *this << "connect from " << e.client; }
    void operator()(const ClientDisconnected& e) {
        *this << "disconnect from " << e.client;
        if (!e.counts.empty()) {
            *this << " " << e.counts;
        }
    }
    void operator()(const Rejected& e) { head(e.queue_id) << e.action << ": " << e.text; }
    void operator()(const MessageStarted& e) {
        head(e.queue_id) << "client=" << e.client;
        if (!e.sasl_method.empty()) {
            *this << ", sasl_method=" << e.sasl_method;
        }
        if (!e.sasl_username.empty()) {
            *this << ", sasl_username=" << e.sasl_username;
        }
        if (!e.orig_queue_id.empty()) {
            *this << ", orig_queue_id=" << e.orig_queue_id;
        }
        if (!e.orig_client.empty()) {
            *this << ", orig_client=" << e.orig_client;
        }
    }
    void operator()(const LocalSubmission& e) {
        head(e.queue_id) << "uid=" << std::uint64_t{e.uid} << " from=<" << e.sender << ">";
    }
    void operator()(const MessageIdentified& e) {
        const bool bracketed = e.message_id.starts_with('<');
        head(e.queue_id) << "message-id=" << (bracketed ? "" : "<") << e.message_id << (bracketed ? "" : ">");
    }
    void operator()(const MessageActive& e) {
        head(e.queue_id) << "from=<" << e.sender << ">, size=" << e.size << ", nrcpt=" << std::uint64_t{e.recipients}
                         << " (queue active)";
    }
    void operator()(const DeliveryAttempted& e) {
        head(e.queue_id) << "to=<" << e.recipient << ">";
        if (!e.original_recipient.empty() && e.original_recipient != e.recipient) {
            *this << ", orig_to=<" << e.original_recipient << ">";
        }
        *this << ", relay=" << (e.relay.empty() ? "none" : e.relay);
        if (e.connection_uses > 1) {
            *this << ", conn_use=" << std::uint64_t{e.connection_uses};
        }
        *this << ", delay=" << delay(e.delay_seconds) << ", delays=";
        for (std::size_t i = 0; i < std::size(e.delays_seconds); ++i) {
            *this << (i == 0 ? "" : "/") << delay(e.delays_seconds[i]);
        }
        *this << ", dsn=" << e.status_code << ", status=" << e.status << " (" << e.text << ")";
    }
    void operator()(const NotificationSent& e) { head(e.queue_id) << e.kind << ": " << e.notification_id; }
    void operator()(const MessageRemoved& e) { head(e.queue_id) << "removed"; }
    void operator()(const MessageExpired& e) {
        head(e.queue_id) << "from=<" << e.sender << ">, status=expired, returned to sender";
    }
    void operator()(const TlsEstablished& e) { *this << e.text; }
    void operator()(const Remark& e) {
        static constexpr std::array<std::string_view, 5> prefixes{"", "warning: ", "error: ", "fatal: ", "panic: "};
        *this << prefixes[static_cast<std::size_t>(e.severity)];
        if (!e.queue_id.empty()) {
            *this << e.queue_id << ": ";
        }
        *this << e.text;
    }
    [[nodiscard]] std::string delay(double seconds) const { return delay_text(seconds, delay_decimals); }  // fits into the string itself
};

}  // namespace

std::string event_text(const Event& event, int delay_decimals) {
    std::string out;
    std::visit(Writer{out, delay_decimals}, event);
    return out;
}

std::string delay_text(double seconds, int decimals) {
    if (!(seconds > 0)) {
        return "0";
    }
    // Two significant digits, but never fewer than the whole seconds.
    const int wanted_max = std::clamp(decimals, 0, 6);
    int wanted = 0;
    std::uint64_t units = 1;  // a second in units of the last digit
    for (double rest = seconds; rest < 10 && wanted < wanted_max; rest *= 10) {
        ++wanted;
        units *= 10;
    }
    if (seconds > 1e15) {
        return base::format("{:.0f}", seconds);  // nobody waits as long
    }
    const auto count = static_cast<std::uint64_t>(std::llround(seconds * static_cast<double>(units)));
    std::string text;
    base::append_number(text, count / units);
    if (count % units != 0) {
        text += '.';
        base::append_number(text, count % units, static_cast<std::size_t>(wanted));
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

PostfixLog::PostfixLog(LogSettings settings, LogOutput& output)
    : settings_(std::move(settings)),
      hostname_and_space_(base::printable(settings_.hostname.substr(0, settings_.hostname.find('.'))) + ' '),
      process_(base::format("[{}]: ", settings_.process_id)),
      output_(output) {}

void PostfixLog::append_stamp(std::string& out) {
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const world::WallTime now = settings_.now();
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    const std::lock_guard lock(stamp_mutex_);
    if (second != stamped_second_ || stamp_.empty()) {
        const auto local = second + settings_.zone_offset(now);
        const auto day = std::chrono::floor<std::chrono::days>(local);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss time(local - day);
        stamp_ = base::format("{} {:2} {:02}:{:02}:{:02} ", months[unsigned{date.month()} - 1], unsigned{date.day()},
                              time.hours().count(), time.minutes().count(), time.seconds().count());
        stamped_second_ = second;
    }
    out += stamp_;
}

void PostfixLog::on(Speaker speaker, const Event& event) {
    std::string line;
    line.reserve(usual_length);
    append_stamp(line);
    line.append(hostname_and_space_).append(speaker).append(process_);
    std::visit(Writer{line, settings_.delay_decimals}, event);
    line += '\n';
    output_.write(line);
}

}  // namespace posthouse::observe
