#pragma once
// AsioClock: the system's clocks, and sleeping on one core's event loop.
#include <boost/asio/io_context.hpp>

#include "world/clock.hpp"

namespace posthouse::net {

class AsioClock final : public world::Clock {
public:
    explicit AsioClock(boost::asio::io_context& loop) : loop_(loop) {}
    [[nodiscard]] world::SteadyTime now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] world::WallTime wall_now() const override { return std::chrono::system_clock::now(); }
    /// Returns at once if `time` has passed.
    world::Task<void> sleep_until(world::SteadyTime time) override;

private:
    boost::asio::io_context& loop_;
};

}  // namespace posthouse::net
