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
    /// After a reload: a window wider than the new limit shrinks to it.
    void use(const TransportSettings& settings);

private:
    std::size_t initial_ = 1;
    std::size_t limit_ = 1;
    std::size_t cohort_limit_ = 1;
    std::size_t window_ = 0;
    double success_credit_ = 0;
    double failure_credit_ = 0;
    double failed_cohorts_ = 0;
};

}  // namespace posthouse::queue
