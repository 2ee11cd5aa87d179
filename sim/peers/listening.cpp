#include "sim/peers/listening.hpp"

namespace posthouse::sim {

namespace {

world::Task<void> accept_all(std::unique_ptr<world::Listener> listener, world::TaskGroup& tasks, ServeStream serve) {
    for (;;) {
        auto stream = co_await listener->accept();
        if (stream) {
            tasks.spawn(serve(std::move(*stream)));
        }
    }
}

}  // namespace

bool listen_at(PeerHost& host, const base::Endpoint& place, world::TaskGroup& tasks, ServeStream serve) {
    const auto socket = host.network.listen(place);
    if (!socket) {
        return false;
    }
    auto listener = host.network.share(*socket);
    tasks.spawn(accept_all(std::move(*listener), tasks, std::move(serve)));
    return true;
}

}  // namespace posthouse::sim
