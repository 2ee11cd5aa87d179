#pragma once
// How many deliveries to one destination may run at once: grows with success, shrinks with failure to connect, and says
// when the destination is to be left alone for a while (SCHEDULER_README, "Concurrency scheduling"). Pure.
#include <cstddef>

#include "queue/settings.hpp"

namespace posthouse::queue {

class ConcurrencyWindow {
public:
    explicit ConcurrencyWindow(const TransportSettings& settings);

    [[nodiscard]] std::size_t size() const { return window_; }
    /// True after too many failures in a row: nothing more is sent until revive().
    [[nodiscard]] bool is_dead() const { return window_ == 0; }
    void success();
    void failure();
    void revive();

private:
    std::size_t initial_;
    std::size_t limit_;
    std::size_t cohort_limit_;
    std::size_t window_;
    double success_credit_ = 0;
    double failure_credit_ = 0;
    double failed_cohorts_ = 0;
};

}  // namespace posthouse::queue
