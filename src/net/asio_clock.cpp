#include "net/asio_clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace posthouse::net {

namespace {

// The timer's call may still be on its way when the sleeper is gone, so it finds the sleeper through a cell of its own.
class Sleep final : public world::Suspension {
public:
    Sleep(boost::asio::io_context& loop, world::SteadyTime time) : loop_(loop), time_(time) {}
    ~Sleep() { release(); }

    [[nodiscard]] bool await_ready() const { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        if (handle.promise().context->cancelled) {
            cancelled_ = true;
            return false;
        }
        if (time_ <= std::chrono::steady_clock::now()) {
            return false;
        }
        suspend(handle);
        cell_ = std::make_shared<Cell>(this, boost::asio::steady_timer(loop_));
        if (time_ != world::SteadyTime::max()) {
            cell_->timer.expires_at(time_);
            cell_->timer.async_wait([cell = cell_](const boost::system::error_code&) {
                if (Sleep* sleeper = std::exchange(cell->sleeper, nullptr)) {
                    sleeper->resume();
                }
            });
        }
        return true;
    }
    void await_resume() const {
        if (cancelled_) {
            throw world::Cancelled{};
        }
    }
    void cancel() override {
        cancelled_ = true;
        release();
        resume();
    }

private:
    struct Cell {
        Cell(Sleep* owner, boost::asio::steady_timer made) : sleeper(owner), timer(std::move(made)) {}
        Sleep* sleeper;
        boost::asio::steady_timer timer;
    };
    void release() {
        if (const std::shared_ptr<Cell> cell = std::move(cell_); cell && cell->sleeper != nullptr) {
            cell->sleeper = nullptr;
            cell->timer.cancel();
        }
    }

    boost::asio::io_context& loop_;
    world::SteadyTime time_;
    std::shared_ptr<Cell> cell_;
    bool cancelled_ = false;
};

}  // namespace

world::Task<void> AsioClock::sleep_until(world::SteadyTime time) {
    Sleep sleep(loop_, time);
    co_await sleep;
}

}  // namespace posthouse::net
