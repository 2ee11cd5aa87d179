#include "control/admin_server.hpp"

#include "control/admin_session.hpp"

namespace posthouse::control {

namespace {
constexpr std::array doors{Door::everyone, Door::administrator};
}  // namespace

AdminServer::AdminServer(AdminServices services, std::string queue_directory)
    : services_(std::move(services)), queue_directory_(std::move(queue_directory)) {}

base::Result<void> AdminServer::bind() {
    for (std::size_t i = 0; i < doors.size(); ++i) {
        const std::string path = socket_path(queue_directory_, doors[i]);
        auto socket = services_.home.network.listen_unix(path, socket_mode(doors[i]));
        if (!socket) {
            return base::fail(socket.error(), "control socket " + path);
        }
        sockets_[i] = std::move(*socket);
    }
    return {};
}

base::Result<void> AdminServer::start() {
    std::array<std::unique_ptr<world::Listener>, 2> listeners;
    for (std::size_t i = 0; i < doors.size(); ++i) {
        auto listener = services_.home.network.share(sockets_[i]);
        if (!listener) {
            return base::fail(listener.error(), "control socket " + socket_path(queue_directory_, doors[i]));
        }
        listeners[i] = std::move(*listener);
    }
    for (std::size_t i = 0; i < doors.size(); ++i) {
        listening_.spawn(accept_loop(std::move(listeners[i]), doors[i], connections_[i]));
    }
    return {};
}

world::Task<void> AdminServer::stop() {
    for (world::TaskGroup* group : {&listening_, connections_.data(), connections_.data() + 1}) {
        group->cancel();
    }
    co_await listening_.stop();
    for (world::TaskGroup& connections : connections_) {
        co_await connections.stop();
    }
    sockets_ = {};
}

world::Task<void> AdminServer::accept_loop(std::unique_ptr<world::Listener> listener, Door door, world::TaskGroup& connections) {
    for (;;) {
        auto stream = co_await listener->accept();
        if (!stream) {
            services_.events.warn(services_.syslog_name + "/master", "control socket: " + stream.error().text);
            co_return;
        }
        // Everyone may connect: without a bound one user could take all descriptors.
        if (connections.size() < connections_max) {
            connections.spawn(serve(std::move(*stream), door));
        }
    }
}

world::Task<void> AdminServer::serve(std::unique_ptr<world::Stream> stream, Door door) {
    AdminSession session(services_, std::move(stream), door);
    co_await session.run();
}

}  // namespace posthouse::control
