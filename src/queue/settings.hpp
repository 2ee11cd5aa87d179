#pragma once
// Parameters of the queue, named as in postconf(5).
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace posthouse::queue {

struct QueueSettings {
    std::size_t qmgr_message_active_limit = 20000;
    std::chrono::seconds minimal_backoff_time{300};
    std::chrono::seconds maximal_backoff_time{4000};
    std::chrono::seconds maximal_queue_lifetime{std::chrono::days{5}};
    std::chrono::seconds bounce_queue_lifetime{std::chrono::days{5}};
    std::chrono::seconds delay_warning_time{0};
    bool soft_bounce = false;
    std::string myhostname;
    std::vector<std::string> defer_transports;  // mail for these waits until it is flushed
    std::string qmgr_label = "postfix/qmgr";    // speaker of the queue's log lines
    std::string error_label = "postfix/error";  // speaker when a destination is suspended
};

/// Of one delivery transport: <transport>_destination_… with default_destination_… behind them.
struct TransportSettings {
    std::size_t initial_destination_concurrency = 5;
    std::size_t destination_concurrency_limit = 20;
    std::size_t destination_recipient_limit = 50;
    std::size_t destination_concurrency_failed_cohort_limit = 1;
    std::size_t process_limit = 100;  // maxproc of the service; 0: no limit
};

}  // namespace posthouse::queue
