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
    /// A delivery that reached the destination, while `running` were under way (this one counts): a window that is far wider
    /// than what runs grows no further.
    void success(std::size_t running);
    void failure();
    void revive();
    /// After a reload: a window wider than the new limit shrinks to it.
    void use(const TransportSettings& settings);

private:
    static constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

    std::size_t initial_ = 1;
    std::size_t limit_ = unlimited;
    std::size_t cohort_limit_ = 1;  // 0: never dead
    Feedback positive_, negative_;
    std::size_t window_ = 0;
    // Feedback that has not yet moved the window by a whole delivery. Growing restarts the other one's count and the reverse.
    double success_ = 0;
    double failure_ = 0;
    double failed_cohorts_ = 0;
};

}  // namespace posthouse::queue
