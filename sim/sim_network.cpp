#include "sim/sim_network.hpp"

#include "sim/sim_clock.hpp"
#include "sim/sim_stream.hpp"

namespace posthouse::sim {

using base::ErrorKind;
using world::Stream;
using world::Task;

namespace {
constexpr std::size_t backlog_max = 128;
}  // namespace

SimListenSocket::~SimListenSocket() { internet_.remove_listener(address_); }

bool SimListenSocket::answers(const ListenAddress& target) const {
    if (!address_.unix_path.empty() || !target.unix_path.empty()) {
        return address_.unix_path == target.unix_path && address_.host == target.host;
    }
    if (address_.endpoint.port != target.endpoint.port) {
        return false;
    }
    if (address_.host.empty()) {
        return address_.endpoint.address == target.endpoint.address;
    }
    return std::find(host_->addresses.begin(), host_->addresses.end(), target.endpoint.address) != host_->addresses.end();
}

bool SimListenSocket::offer(std::unique_ptr<Stream> stream) {
    if (backlog_.size() >= backlog_max) {
        return false;
    }
    backlog_.push_back(std::move(stream));
    wake_one();
    return true;
}

std::unique_ptr<Stream> SimListenSocket::take() {
    if (backlog_.empty() || !host_->powered) {
        return nullptr;
    }
    auto stream = std::move(backlog_.front());
    backlog_.pop_front();
    return stream;
}

void SimListenSocket::wake_one() {
    std::vector<SimListener*> waiting;
    std::copy_if(listeners_.begin(), listeners_.end(), std::back_inserter(waiting),
                 [](const SimListener* listener) { return listener->offered_.waiting(); });
    if (!waiting.empty()) {
        waiting[internet_.scheduler().random().below(waiting.size())]->offered_.wake();
    }
}

SimListener::SimListener(std::shared_ptr<SimListenSocket> socket)
    : socket_(std::move(socket)), offered_(socket_->internet_.scheduler()) {
    socket_->listeners_.push_back(this);
}

SimListener::~SimListener() {
    std::erase(socket_->listeners_, this);
    if (!socket_->backlog_.empty()) {
        socket_->wake_one();
    }
}

Task<base::Result<std::unique_ptr<Stream>>> SimListener::accept() {
    for (;;) {
        if (auto stream = socket_->take()) {
            co_return std::move(stream);
        }
        co_await offered_.wait(Deadline::never());
    }
}

Task<base::Result<std::unique_ptr<Stream>>> SimNetwork::connect(base::Endpoint peer, std::optional<base::IpAddress> bind_address,
                                                                Deadline deadline) {
    base::Endpoint local;
    local.port = internet_.next_port();
    if (bind_address) {
        local.address = *bind_address;
    } else {
        const auto same = std::ranges::find_if(host_->addresses, [&](const base::IpAddress& own) { return own.is_v4() == peer.address.is_v4(); });
        if (same != host_->addresses.end()) {
            local.address = *same;
        }
    }
    return open(ListenAddress{peer, {}, {}}, local, deadline);
}

Task<base::Result<std::unique_ptr<Stream>>> SimNetwork::connect_unix(std::string path, Deadline deadline) {
    return open(ListenAddress{{}, host_->host, std::move(path)}, {}, deadline);
}

Task<base::Result<std::unique_ptr<Stream>>> SimNetwork::open(ListenAddress target, base::Endpoint local, Deadline deadline) {
    Scheduler& scheduler = internet_.scheduler();
    SimClock clock(scheduler);
    const LinkConditions conditions = internet_.conditions_to(target);
    const std::string name = target.unix_path.empty() ? target.endpoint.text() : target.unix_path;
    const bool hopeless = scheduler.random().chance(conditions.blackhole_per_mille);
    if (hopeless) {
        scheduler.injected("network: no answer to a connection");
    }
    const SteadyTime arrival = scheduler.now() + scheduler.random_duration(conditions.latency_low, conditions.latency_high);
    if (hopeless || arrival > deadline.time()) {
        co_await clock.sleep_until(deadline.time());
        co_return base::fail(ErrorKind::timeout, "connect to " + name + ": Connection timed out");
    }
    co_await clock.sleep_until(arrival);
    if (!host_->powered) {
        co_return base::fail(ErrorKind::unreachable, "connect to " + name + ": Network is unreachable");
    }
    if (scheduler.random().chance(conditions.unreachable_per_mille)) {
        scheduler.injected("network: no route");
        co_return base::fail(ErrorKind::unreachable, "connect to " + name + ": No route to host");
    }
    const auto socket = internet_.find_listener(target);
    if (socket == nullptr || scheduler.random().chance(conditions.refuse_per_mille)) {
        scheduler.injected("network: connection refused");
        co_return base::fail(target.unix_path.empty() || socket != nullptr ? ErrorKind::refused : ErrorKind::not_found,
                             "connect to " + name + ": Connection refused");
    }
    const auto connection =
        std::make_shared<Connection>(internet_, conditions, Connection::End{host_, local}, Connection::End{socket->host(), target.endpoint});
    internet_.add_connection(connection);
    auto stream = std::make_unique<SimStream>(connection, Side::client);
    if (!socket->offer(std::make_unique<SimStream>(connection, Side::server))) {
        co_return base::fail(ErrorKind::refused, "connect to " + name + ": Connection refused");
    }
    co_return std::move(stream);
}

base::Result<std::shared_ptr<world::ListenSocket>> SimNetwork::listen(base::Endpoint local) {
    if (local.port == 0) {
        local.port = internet_.next_port();
    }
    const auto& bytes = local.address.bytes();
    const bool any = std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
    return listen_at(ListenAddress{local, any ? host_->host : std::string(), {}});
}

base::Result<std::shared_ptr<world::ListenSocket>> SimNetwork::listen_unix(std::string path, unsigned) {
    return listen_at(ListenAddress{{}, host_->host, std::move(path)});
}

base::Result<std::shared_ptr<world::ListenSocket>> SimNetwork::listen_at(ListenAddress address) {
    if (!host_->powered) {
        return base::fail(ErrorKind::io, "listen: no power");
    }
    auto socket = std::make_shared<SimListenSocket>(internet_, host_, std::move(address));
    if (!internet_.add_listener(socket)) {
        return base::fail(ErrorKind::io, "bind " + socket->local().text() + ": Address already in use");
    }
    return std::shared_ptr<world::ListenSocket>(std::move(socket));
}

base::Result<std::unique_ptr<world::Listener>> SimNetwork::share(const std::shared_ptr<world::ListenSocket>& socket) {
    auto mine = std::dynamic_pointer_cast<SimListenSocket>(socket);
    PH_ASSERT(mine != nullptr);
    return std::unique_ptr<world::Listener>(std::make_unique<SimListener>(std::move(mine)));
}

}  // namespace posthouse::sim
