#pragma once
// SimResolver: DNS as plain data, with a latency and, if wanted, bad days.
#include <map>
#include <string>
#include <vector>

#include "sim/scheduler.hpp"
#include "world/resolver.hpp"

namespace posthouse::sim {

/// What is known about one name.
struct ZoneEntry {
    world::DnsAnswer::State state = world::DnsAnswer::State::found;  // `unknown`: SERVFAIL for every type
    std::map<world::RecordType, std::vector<world::DnsRecord>> records;
    bool secure = false;
    bool hangs = false;  // no answer before the deadline
    bool honest = false; // no lies about it
};

/// All zones of a world. A name that is not listed does not exist.
class Zones {
public:
    ZoneEntry& operator[](std::string_view name);
    void add_address(std::string_view name, const base::IpAddress& address);
    void add_mx(std::string_view name, std::uint16_t preference, std::string_view host);
    [[nodiscard]] const ZoneEntry* find(std::string_view name) const;

    Duration latency_low = std::chrono::microseconds(100);
    Duration latency_high = std::chrono::milliseconds(40);
    // Of queries, whatever they ask:
    unsigned servfail_per_mille = 0;
    unsigned bogus_per_mille = 0;  // signatures do not fit
    unsigned slow_per_mille = 0;   // up to half a minute
    unsigned lie_per_mille = 0;    // there is no such name, or nothing of that type

private:
    std::map<std::string, ZoneEntry, std::less<>> entries_;
};

using HostsFile = std::map<std::string, std::vector<base::IpAddress>, std::less<>>;

class SimResolver final : public world::Resolver {
public:
    SimResolver(Scheduler& scheduler, const Zones& zones, const HostsFile& hosts) : scheduler_(scheduler), zones_(zones), hosts_(hosts) {}
    world::Task<world::DnsAnswer> query(std::string name, world::RecordType type, Deadline deadline) override;
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view name) const override;
    [[nodiscard]] std::string hosts_name(const base::IpAddress& address) const override;

private:
    Scheduler& scheduler_;
    const Zones& zones_;
    const HostsFile& hosts_;
};

}  // namespace posthouse::sim
