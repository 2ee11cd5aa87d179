#pragma once
// Internet: who listens where, how bad each link is, and which machines have power. One per simulated world; addresses are
// global, so peers and machines use different ones (127.0.0.5:25, 10.0.0.1:25).
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "sim/scheduler.hpp"

namespace posthouse::sim {

class Connection;
class SimListenSocket;

/// One life of a machine: from boot to power loss. What was made in it dies with it.
struct Incarnation {
    std::string host;
    std::vector<base::IpAddress> addresses;  // the first is where connections come from
    int number = 0;
    bool powered = true;
};

/// How a link behaves; probabilities in parts per thousand.
struct LinkConditions {
    Duration latency_low = std::chrono::microseconds(50);
    Duration latency_high = std::chrono::milliseconds(30);
    std::size_t segment_max = 1460;     // a write arrives in pieces of 1..segment_max bytes
    std::size_t window = 64 * 1024;     // bytes under way or unread before the writer waits
    unsigned refuse_per_mille = 0;      // of connection attempts
    unsigned blackhole_per_mille = 0;   // of connection attempts: no answer at all
    unsigned reset_per_mille = 0;       // of segments
    unsigned stall_per_mille = 0;       // of segments: this one and all after it come `stall` later
    Duration stall = std::chrono::minutes(2);
    unsigned unreachable_per_mille = 0; // of connection attempts: "no route", at once
    unsigned cut_per_mille = 0;         // of connections: break at some byte of the first `cut_within`
    std::size_t cut_within = 6'000;
    unsigned drip_per_mille = 0;        // of connections: the first `drip_bytes` arrive one by one
    std::size_t drip_bytes = 400;
    unsigned sip_per_mille = 0;         // of connections: whoever reads gets a byte at a time to begin with
    std::optional<std::size_t> reset_after;  // bytes, both directions together, then the connection breaks
    bool strip_starttls = false;        // a box in the middle overwrites "STARTTLS" in the server's plain text
    unsigned tls_failure_per_mille = 0; // of handshakes
};

/// Where something listens: an address and port, or a path on one host.
struct ListenAddress {
    base::Endpoint endpoint;
    std::string host;       // for paths and wildcard addresses
    std::string unix_path;  // empty: endpoint
    friend auto operator<=>(const ListenAddress&, const ListenAddress&) = default;
};

class Internet {
public:
    explicit Internet(Scheduler& scheduler) : scheduler_(scheduler) {}

    [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
    /// For connections to servers without conditions of their own; Unix sockets never misbehave.
    LinkConditions conditions;
    void set_conditions(const base::Endpoint& server, LinkConditions worse) { by_server_[server] = worse; }
    [[nodiscard]] const LinkConditions& conditions_to(const ListenAddress& target) const;

    /// False if the address is taken.
    bool add_listener(const std::shared_ptr<SimListenSocket>& socket);
    void remove_listener(const ListenAddress& address);
    /// Null: nobody listens there. Wildcard listeners answer for every address of their host.
    [[nodiscard]] std::shared_ptr<SimListenSocket> find_listener(const ListenAddress& target) const;
    [[nodiscard]] std::uint16_t next_port() { return next_port_ == 60999 ? next_port_ = 32768 : ++next_port_; }

    void add_connection(const std::shared_ptr<Connection>& connection);
    /// Every connection and listener of that life is dead at once. Peers get a reset, or hear nothing any more, by the seed.
    void power_loss(const std::shared_ptr<Incarnation>& host);

private:
    Scheduler& scheduler_;
    LinkConditions unix_conditions_;
    std::map<base::Endpoint, LinkConditions> by_server_;
    std::map<ListenAddress, std::weak_ptr<SimListenSocket>> listeners_;
    std::vector<std::weak_ptr<Connection>> connections_;
    std::uint16_t next_port_ = 32768;
};

}  // namespace posthouse::sim
