#pragma once
// ClientLimits: what anvil(8) counts, for all cores: connections at once and events per time unit of each client address.
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    /// A connection was refused; how many so in the current time unit, this one included.
    std::size_t refused(const base::IpAddress& client, world::SteadyTime now);
    enum class Event : std::uint8_t { connection, message, recipient, auth, new_tls_session };
    /// How many such events in the current time unit, this one included.
    std::size_t count(const base::IpAddress& client, Event event, world::SteadyTime now);
    /// How many so far; nothing is counted.
    [[nodiscard]] std::size_t counted(const base::IpAddress& client, Event event, world::SteadyTime now);

    /// The most that one client had, for the log.
    struct Peak {
        std::size_t value = 0;
        base::IpAddress client;
        world::SteadyTime when{};
    };
    struct Peaks {
        std::array<Peak, 5> rates;  // by Event
        Peak connections_at_once;
        std::size_t clients = 0;    // known at once
        world::SteadyTime clients_when{};
    };
    /// Since they were last taken.
    [[nodiscard]] Peaks take_peaks();
    [[nodiscard]] std::chrono::seconds time_unit() const { return unit_; }

    struct Hash {
        std::size_t operator()(const base::IpAddress& address) const;
    };

private:
    struct Client {
        std::size_t connections = 0;
        std::array<std::size_t, 5> events{};
        std::size_t refusals = 0;
        world::SteadyTime unit_start{};
    };
    struct Clients : std::unordered_map<base::IpAddress, Client, Hash> {
        world::SteadyTime swept{};
        Peaks peaks;
    };
    Client& touch(Clients& clients, const base::IpAddress& address, world::SteadyTime now) const;
    std::size_t add(Clients& clients, const base::IpAddress& address, Event event, world::SteadyTime now) const;

    // A flood from many addresses must not fill memory: beyond this, clients without a connection and with an old count go.
    static constexpr std::size_t clients_max = 100'000;

    std::chrono::seconds unit_;
    base::Guarded<Clients> clients_;
};

/// What anvil(8) logs about peaks: "statistics: max connection rate 3/60s for (smtp:127.0.0.1) at Nov 22 10:00:00". `stamp` makes
/// the date.
[[nodiscard]] std::vector<std::string> peak_lines(const ClientLimits::Peaks& peaks, std::string_view service, std::chrono::seconds unit,
                                                  const std::function<std::string(world::SteadyTime)>& stamp);

}  // namespace posthouse::receive
