#include "sim/internet.hpp"

#include "sim/connection.hpp"
#include "sim/sim_network.hpp"

namespace posthouse::sim {

const LinkConditions& Internet::conditions_to(const ListenAddress& target) const {
    if (!target.unix_path.empty()) {
        return unix_conditions_;
    }
    const auto found = by_server_.find(target.endpoint);
    return found == by_server_.end() ? conditions : found->second;
}

bool Internet::add_listener(const std::shared_ptr<SimListenSocket>& socket) {
    auto& slot = listeners_[socket->address()];
    if (!slot.expired()) {
        return false;
    }
    slot = socket;
    return true;
}

void Internet::remove_listener(const ListenAddress& address) {
    const auto found = listeners_.find(address);
    if (found != listeners_.end() && found->second.expired()) {
        listeners_.erase(found);
    }
}

std::shared_ptr<SimListenSocket> Internet::find_listener(const ListenAddress& target) const {
    for (const auto& [address, weak] : listeners_) {
        const auto socket = weak.lock();
        if (socket != nullptr && socket->host()->powered && socket->answers(target)) {
            return socket;
        }
    }
    return nullptr;
}

void Internet::add_connection(const std::shared_ptr<Connection>& connection) {
    std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
    connections_.push_back(connection);
}

void Internet::power_loss(const std::shared_ptr<Incarnation>& host) {
    host->powered = false;
    scheduler_.note("power loss of " + host->host);
    for (const auto& weak : connections_) {
        if (const auto connection = weak.lock()) {
            connection->power_loss(*host);
        }
    }
    std::erase_if(listeners_, [&](const auto& entry) {
        const auto socket = entry.second.lock();
        return socket == nullptr || socket->host() == host;
    });
}

}  // namespace posthouse::sim
