#pragma once
// RestartPlan: how long a crashed server stays down. At once after the first crash; a server that crashes again and again is given
// more and more time, so that its log can be read and the disk does not fill with cores.
#include <algorithm>
#include <chrono>

namespace posthouse::app {

class RestartPlan {
public:
    using Wait = std::chrono::milliseconds;
    static constexpr std::chrono::seconds calm{60};  // who lived that long begins anew
    static constexpr Wait first{125}, longest{30'000};
    static constexpr unsigned often = 5;  // crashes in a row

    /// The server ended after `lived`.
    Wait crashed(std::chrono::steady_clock::duration lived) {
        crashes_ = lived >= calm ? 1 : crashes_ + 1;
        if (crashes_ == 1) {
            return Wait{0};
        }
        const unsigned doublings = std::min(crashes_ - 2, 8U);
        return std::min(first * (1U << doublings), longest);
    }
    /// Somebody has to look at it.
    [[nodiscard]] bool is_hopeless() const { return crashes_ >= often; }
    [[nodiscard]] unsigned crashes() const { return crashes_; }

private:
    unsigned crashes_ = 0;
};

}  // namespace posthouse::app
