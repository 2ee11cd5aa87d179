#include "receive/client_limits.hpp"

#include <string_view>

namespace posthouse::receive {

std::size_t ClientLimits::Hash::operator()(const base::IpAddress& address) const {
    std::size_t hash = 0xcbf29ce484222325U;
    for (const std::uint8_t byte : address.bytes()) {
        hash = (hash ^ byte) * 0x100000001b3U;
    }
    return hash;
}

ClientLimits::Client& ClientLimits::touch(Clients& clients, const base::IpAddress& address, world::SteadyTime now) const {
    if (clients.size() >= clients_max && now - clients.swept >= std::chrono::seconds{1}) {  // not for every connection of a flood
        clients.swept = now;
        std::erase_if(clients, [&](const auto& entry) { return entry.second.connections == 0 && now - entry.second.unit_start >= unit_; });
    }
    Client& client = clients[address];
    if (now - client.unit_start >= unit_) {
        client.unit_start = now;
        client.connects = client.messages = client.recipients = 0;
    }
    return client;
}

ClientLimits::Connection ClientLimits::connected(const base::IpAddress& address, world::SteadyTime now) {
    return clients_.with([&](Clients& clients) {
        Client& client = touch(clients, address, now);
        return Connection{++client.connections, ++client.connects};
    });
}

void ClientLimits::disconnected(const base::IpAddress& address) {
    clients_.with([&](Clients& clients) {
        const auto found = clients.find(address);
        if (found != clients.end()) {
            --found->second.connections;  // the entry stays for its rates; touch() sweeps
        }
    });
}

std::size_t ClientLimits::count(const base::IpAddress& address, Event event, world::SteadyTime now) {
    return clients_.with([&](Clients& clients) {
        Client& client = touch(clients, address, now);
        return event == Event::message ? ++client.messages : ++client.recipients;
    });
}

}  // namespace posthouse::receive
