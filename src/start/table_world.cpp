#include "start/table_world.hpp"

#include <future>
#include <iostream>

#include "net/asio_cores.hpp"
#include "os/host.hpp"
#include "os/own_process.hpp"
#include "os/thread_pool.hpp"
#include "start/resolver_settings.hpp"
#include "world/task_group.hpp"

namespace posthouse::app {

namespace {

// The answer, or that there is none, has been given: nobody waits for a server that hangs.
[[noreturn]] void leave_hung() {
    std::cout.flush();
    os::leave_now(1);
}

class RealTableWorld final : public tools::TableWorld {
public:
    tables::Surroundings surroundings(const config::View& main) override {
        prepare();
        return {cores_.get(), &*pool_, main.text("queue_directory"), [known = main.text("known_tcp_ports")](std::string_view name) {
                    return config::resolve_port(name, known, [](std::string_view service) { return os::service_port(std::string(service)); });
                }};
    }

    tables::Lookup find(const tables::Table& table, std::string key) override {
        prepare();
        world::Executor& executor = cores_->core(asking).executor;
        std::promise<tables::Lookup> promise;
        world::TaskGroup tasks;
        executor.post([&] { tasks.spawn(ask(table, key, executor, promise)); });
        return promise.get_future().get();
    }

private:
    static constexpr std::size_t asking = 1;  // core 0 belongs to this thread, which waits

    void prepare() {
        if (!cores_) {
            cores_ = net::make_cores(asking + 1, resolver_options());
            cores_->start();
            pool_.emplace(4, [] { leave_hung(); });
        }
    }
    static world::Task<void> ask(const tables::Table& table, std::string key, world::Executor& executor, std::promise<tables::Lookup>& promise) {
        auto finding = table.find(std::move(key));
        tables::Lookup answer = co_await std::move(finding);
        // Told only when this task is over: the waiter destroys its group.
        executor.post([&promise, answer = std::move(answer)]() mutable { promise.set_value(std::move(answer)); });
    }

    std::unique_ptr<net::RealCores> cores_;
    std::optional<os::ThreadPool> pool_;  // ends before the cores that its work reports to
};

}  // namespace

std::unique_ptr<tools::TableWorld> make_table_world() { return std::make_unique<RealTableWorld>(); }

}  // namespace posthouse::app
