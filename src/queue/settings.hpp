#pragma once
// Parameters of the queue, named as in postconf(5).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::queue {

struct QueueSettings {
    std::size_t qmgr_message_active_limit = 20000;
    std::size_t qmgr_message_recipient_limit = 20000;
    std::chrono::seconds qmgr_clog_warn_time{300};  // 0: no warnings
    std::chrono::seconds minimal_backoff_time{300};
    std::chrono::seconds maximal_backoff_time{4000};
    std::chrono::seconds maximal_queue_lifetime{std::chrono::days{5}};
    std::chrono::seconds bounce_queue_lifetime{std::chrono::days{5}};
    std::chrono::seconds delay_warning_time{0};
    bool confirm_delay_cleared = false;
    bool soft_bounce = false;
    std::string myhostname;
    std::string default_filter_nexthop;  // empty: the recipient's domain
    std::vector<std::string> defer_transports;  // mail for these waits until it is flushed
    std::string qmgr_label = "postfix/qmgr";    // speaker of the queue's log lines
    std::string error_label = "postfix/error";  // speaker when a destination is suspended
};

/// How much one delivery moves a destination's concurrency: `number`, divided by the concurrency or its square root
/// (postconf(5), default_destination_concurrency_positive_feedback).
struct Feedback {
    enum class Divisor : std::uint8_t { none, concurrency, sqrt_concurrency };
    double number = 1;
    Divisor divisor = Divisor::none;

    [[nodiscard]] double at(double concurrency) const;
    /// "1", "0.5", "1/concurrency", "1 / sqrt_concurrency"; nullopt: none of these, or a number outside 0 to 1.
    [[nodiscard]] static std::optional<Feedback> parse(std::string_view text);
    friend bool operator==(const Feedback&, const Feedback&) = default;
};

/// Of one delivery transport: <transport>_destination_… with default_destination_… behind them.
struct TransportSettings {
    std::size_t initial_destination_concurrency = 5;
    std::size_t destination_concurrency_limit = 20;
    std::size_t destination_recipient_limit = 50;
    std::size_t destination_concurrency_failed_cohort_limit = 1;  // 0: a destination is never given up
    Feedback destination_concurrency_positive_feedback;
    Feedback destination_concurrency_negative_feedback;
    std::chrono::seconds destination_rate_delay{0};  // between two deliveries to one destination
    std::chrono::seconds transport_rate_delay{0};    // between any two deliveries of the transport
    bool lends_slots = false;  // process_limit is default_process_limit, which bounds processes and not what one transport may do
    std::size_t process_limit = 100;  // maxproc of the service; 0: no limit
};

}  // namespace posthouse::queue
