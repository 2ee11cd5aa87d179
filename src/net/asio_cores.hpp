#pragma once
// The real cores: one thread each with its own event loop, clock, network, resolver and randomness. Core 0 runs on the
// thread that calls run().
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/listen_source.hpp"
#include "net/resolver_options.hpp"
#include "world/cores.hpp"

namespace posthouse::net {

class RealCores : public world::Cores {
public:
    /// Starts the threads of all cores but the first.
    virtual void start() = 0;
    /// start() if that was not done, then runs core 0 on this thread until stop().
    virtual void run() = 0;
    /// Callable from any thread. Work that was not begun is dropped: stop the services first.
    virtual void stop() = 0;
    /// Waits for the threads that start() made.
    virtual void join() = 0;
    /// A stream over a connected, non-blocking socket, which it takes over. On core `index`.
    [[nodiscard]] virtual std::unique_ptr<world::Stream> adopt(std::size_t index, int descriptor) = 0;
    /// Calls `handler` on core 0 each time one of `signals` arrives. Before run() or on core 0; replaces the former handler.
    virtual void on_signal(std::vector<int> signals, std::function<void(int)> handler) = 0;
};

/// SIGPIPE is ignored in the whole process from here on: a peer that is gone is an error of write.
/// `source` outlives them; null: sockets to listen on are made here.
std::unique_ptr<RealCores> make_cores(std::size_t count, ResolverOptions resolver = {}, ListenSource* source = nullptr);

}  // namespace posthouse::net
