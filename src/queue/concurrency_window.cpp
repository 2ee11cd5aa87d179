#include "queue/concurrency_window.hpp"

#include <algorithm>

namespace posthouse::queue {

namespace {
constexpr double margin = 1e-9;  // three times a third is one
}

ConcurrencyWindow::ConcurrencyWindow(const TransportSettings& settings) {
    use(settings);
    window_ = initial_;
}

void ConcurrencyWindow::use(const TransportSettings& settings) {
    limit_ = settings.destination_concurrency_limit == 0 ? unlimited : settings.destination_concurrency_limit;
    if (settings.destination_rate_delay.count() > 0) {
        limit_ = 1;  // a pause between deliveries means one at a time
    }
    initial_ = std::min(std::max<std::size_t>(1, settings.initial_destination_concurrency), limit_);
    cohort_limit_ = settings.destination_concurrency_failed_cohort_limit;
    positive_ = settings.destination_concurrency_positive_feedback;
    negative_ = settings.destination_concurrency_negative_feedback;
    window_ = std::min(window_, limit_);
}

void ConcurrencyWindow::success(std::size_t running) {
    failed_cohorts_ = 0;
    if (window_ == 0) {  // dead meanwhile, and one that was still under way got through
        window_ = std::min(std::max(running, initial_), limit_);
        success_ = failure_ = 0;
        return;
    }
    if (window_ >= limit_ || window_ >= running + initial_) {
        return;
    }
    success_ += positive_.at(static_cast<double>(window_));
    while (success_ >= 1 - margin) {
        success_ -= 1;
        failure_ = 0;
        ++window_;
    }
    window_ = std::min(window_, limit_);
}

void ConcurrencyWindow::failure() {
    if (window_ == 0) {
        return;
    }
    // A pseudo-cohort is as many failures in a row as deliveries may run at once.
    failed_cohorts_ += 1.0 / static_cast<double>(window_);
    if (cohort_limit_ > 0 && failed_cohorts_ + margin >= static_cast<double>(cohort_limit_)) {
        window_ = 0;
        return;
    }
    // The first failure of a row narrows the window at once, the next ones when their feedback has added up: failure_ counts down.
    failure_ -= negative_.at(static_cast<double>(window_));
    while (failure_ < -margin) {
        failure_ += 1;
        success_ = 0;
        window_ = window_ > 1 ? window_ - 1 : 1;
    }
}

void ConcurrencyWindow::revive() {
    window_ = initial_;
    failed_cohorts_ = failure_ = success_ = 0;
}

}  // namespace posthouse::queue
