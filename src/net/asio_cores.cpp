#include "net/asio_cores.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>
#include <thread>

#include "net/asio_clock.hpp"
#include "net/asio_network.hpp"
#include "net/asio_stream.hpp"
#include "net/kernel_random.hpp"
#include "net/unbound_resolver.hpp"
#include "world/task_group.hpp"

namespace posthouse::net {

namespace asio = boost::asio;

namespace {

class LoopExecutor final : public world::Executor {
public:
    explicit LoopExecutor(asio::io_context& loop) : loop_(loop) {}
    void post(world::Work work) override { asio::post(loop_, std::move(work)); }

private:
    asio::io_context& loop_;
};

// The core of this thread. The thread that makes the cores has core 0 even before it runs it.
thread_local std::size_t index_here = 0;

struct RealCore {
    RealCore(std::size_t index, const ResolverOptions& options, const std::shared_ptr<Hosts>& hosts, ListenSource* source)
        : executor(loop),
          clock(loop),
          network(loop, source),
          resolver(make_unbound_resolver(loop, options, hosts)),
          core{index, executor, clock, network, *resolver, random} {}

    void run() {
        index_here = core.index;
        const auto work = asio::make_work_guard(loop);
        while (!loop.stopped()) {
            try {
                loop.run();
            } catch (const std::exception& e) {
                world::report_unexpected(e.what());
            }
        }
    }

    asio::io_context loop{1};
    LoopExecutor executor;
    AsioClock clock;
    AsioNetwork network;
    KernelRandom random;
    std::unique_ptr<world::Resolver> resolver;
    world::Core core;
};

class AsioCores final : public RealCores {
public:
    AsioCores(std::size_t count, const ResolverOptions& options, ListenSource* source) {
        PH_ASSERT(count > 0);
        std::signal(SIGPIPE, SIG_IGN);
        const auto hosts = std::make_shared<Hosts>(options.hosts_file, options.look_again);
        for (std::size_t i = 0; i < count; ++i) {
            cores_.push_back(std::make_unique<RealCore>(i, options, hosts, source));
        }
    }
    ~AsioCores() override {
        stop();
        join();
    }

    [[nodiscard]] std::size_t count() const override { return cores_.size(); }
    [[nodiscard]] world::Core& core(std::size_t index) override { return cores_.at(index)->core; }

    [[nodiscard]] world::Core& here() override { return core(index_here); }
    [[nodiscard]] std::unique_ptr<world::Stream> adopt(std::size_t index, int descriptor) override {
        auto socket = std::make_shared<SocketState>(cores_.at(index)->loop, descriptor);
        return std::make_unique<AsioStream>(std::move(socket), base::Endpoint());
    }

    void start() override {
        if (std::exchange(started_, true)) {
            return;
        }
        for (std::size_t i = 1; i < cores_.size(); ++i) {
            threads_.emplace_back([&core = *cores_[i]] { core.run(); });
        }
    }
    void run() override {
        start();
        cores_[0]->run();
    }
    void stop() override {
        for (const auto& core : cores_) {
            core->loop.stop();
        }
    }
    void join() override {
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }
    void on_signal(std::vector<int> signals, std::function<void(int)> handler) override {
        signals_.emplace(cores_[0]->loop);
        for (const int number : signals) {
            signals_->add(number);
        }
        signal_handler_ = std::move(handler);
        wait_for_signal();
    }

private:
    void wait_for_signal() {
        signals_->async_wait([this](const boost::system::error_code& error, int number) {
            if (!error) {
                wait_for_signal();
                signal_handler_(number);
            }
        });
    }

    std::vector<std::unique_ptr<RealCore>> cores_;
    std::vector<std::thread> threads_;
    std::optional<asio::signal_set> signals_;
    std::function<void(int)> signal_handler_;
    bool started_ = false;
};

}  // namespace

std::unique_ptr<RealCores> make_cores(std::size_t count, ResolverOptions resolver, ListenSource* source) {
    return std::make_unique<AsioCores>(count, resolver, source);
}

}  // namespace posthouse::net
