#pragma once
// ClientLimits: what anvil(8) counts, for all cores: connections at once and events per time unit of each client address.
#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "base/ip_address.hpp"
#include "base/guarded.hpp"
#include "world/deadline.hpp"

namespace posthouse::receive {

class ClientLimits {
public:
    explicit ClientLimits(std::chrono::seconds anvil_rate_time_unit) : unit_(anvil_rate_time_unit) {}

    struct Connection {
        std::size_t at_once = 0;  // this one included
        std::size_t rate = 0;     // in the current time unit, this one included
    };
    Connection connected(const base::IpAddress& client, world::SteadyTime now);
    void disconnected(const base::IpAddress& client);
    enum class Event : std::uint8_t { message, recipient };
    /// How many such events in the current time unit, this one included.
    std::size_t count(const base::IpAddress& client, Event event, world::SteadyTime now);

private:
    struct Client {
        std::size_t connections = 0;
        std::size_t connects = 0, messages = 0, recipients = 0;
        world::SteadyTime unit_start{};
    };
    struct Hash {
        std::size_t operator()(const base::IpAddress& address) const;
    };
    struct Clients : std::unordered_map<base::IpAddress, Client, Hash> {
        world::SteadyTime swept{};
    };
    Client& touch(Clients& clients, const base::IpAddress& address, world::SteadyTime now) const;

    // A flood from many addresses must not fill memory: beyond this, clients without a connection and with an old count go.
    static constexpr std::size_t clients_max = 100'000;

    std::chrono::seconds unit_;
    base::Guarded<Clients> clients_;
};

}  // namespace posthouse::receive
