#include "queue/concurrency_window.hpp"

#include <algorithm>

namespace posthouse::queue {

ConcurrencyWindow::ConcurrencyWindow(const TransportSettings& settings) {
    use(settings);
    window_ = std::min(initial_, limit_);
}

void ConcurrencyWindow::use(const TransportSettings& settings) {
    initial_ = std::max<std::size_t>(1, settings.initial_destination_concurrency);
    limit_ = settings.destination_concurrency_limit == 0 ? static_cast<std::size_t>(-1) : settings.destination_concurrency_limit;
    cohort_limit_ = std::max<std::size_t>(1, settings.destination_concurrency_failed_cohort_limit);
    window_ = std::min(window_, limit_);
}

void ConcurrencyWindow::success() {
    failed_cohorts_ = 0;
    failure_credit_ = 0;
    if (window_ == 0 || window_ >= limit_) {
        window_ = std::max<std::size_t>(window_, 1);
        return;
    }

    // Postfix adds 1 per success.
    success_credit_ += 1;
    if (success_credit_ >= 1) {
        success_credit_ = 0;
        ++window_;
    }
}

void ConcurrencyWindow::failure() {
    if (window_ == 0) {
        return;
    }
    success_credit_ = 0;
    // A pseudo-cohort is as many failures in a row as deliveries may run at once.
    failed_cohorts_ += 1.0 / static_cast<double>(window_);
    if (failed_cohorts_ >= static_cast<double>(cohort_limit_)) {
        window_ = 0;
        return;
    }
    failure_credit_ += 1;
    if (failure_credit_ >= 1 && window_ > 1) {
        failure_credit_ = 0;
        --window_;
    }
}

void ConcurrencyWindow::revive() {
    window_ = std::min(initial_, limit_);
    failed_cohorts_ = failure_credit_ = success_credit_ = 0;
}

}  // namespace posthouse::queue
