#include "sim/sim_resolver.hpp"

#include "base/text.hpp"
#include "sim/sim_clock.hpp"

namespace posthouse::sim {

using world::DnsAnswer;
using world::RecordType;

namespace {

constexpr int cname_hops_max = 8;

DnsAnswer failure(std::string reason) {
    DnsAnswer answer;
    answer.reason = std::move(reason);
    return answer;
}

DnsAnswer look_up(const Zones& zones, std::string name, RecordType type) {
    DnsAnswer answer;
    for (int hop = 0; hop < cname_hops_max; ++hop) {
        const ZoneEntry* entry = zones.find(name);
        answer.canonical_name = name;
        if (entry == nullptr) {
            answer.state = DnsAnswer::State::no_such_domain;
            return answer;
        }
        if (entry->state != DnsAnswer::State::found) {
            answer.state = entry->state;
            answer.reason = entry->state == DnsAnswer::State::unknown ? "Host not found, try again" : "";
            return answer;
        }
        const auto found = entry->records.find(type);
        if (found != entry->records.end()) {
            answer.state = DnsAnswer::State::found;
            answer.records = found->second;
            answer.ttl_seconds = 300;
            answer.secure = entry->secure;
            return answer;
        }
        const auto alias = entry->records.find(RecordType::cname);
        if (alias == entry->records.end() || alias->second.empty()) {
            answer.state = DnsAnswer::State::no_data;
            return answer;
        }
        name = base::lower(alias->second.front().name);
    }
    return failure("CNAME loop");
}

}  // namespace

ZoneEntry& Zones::operator[](std::string_view name) { return entries_[base::lower(name)]; }

void Zones::add_address(std::string_view name, const base::IpAddress& address) {
    world::DnsRecord record;
    record.address = address;
    (*this)[name].records[address.is_v4() ? RecordType::a : RecordType::aaaa].push_back(record);
    world::DnsRecord pointer;
    pointer.name = base::lower(name);
    (*this)[address.reverse_name()].records[RecordType::ptr].push_back(pointer);
}

void Zones::add_mx(std::string_view name, std::uint16_t preference, std::string_view host) {
    world::DnsRecord record;
    record.preference = preference;
    record.name = base::lower(host);
    (*this)[name].records[RecordType::mx].push_back(record);
}

const ZoneEntry* Zones::find(std::string_view name) const {
    const auto found = entries_.find(base::lower(name));
    return found == entries_.end() ? nullptr : &found->second;
}

world::Task<DnsAnswer> SimResolver::query(std::string name, RecordType type, Deadline deadline) {
    SimClock clock(scheduler_);
    const ZoneEntry* entry = zones_.find(name);  // a zone may change, but never goes
    SteadyTime answered = scheduler_.now() + scheduler_.random_duration(zones_.latency_low, zones_.latency_high);
    if (scheduler_.random().chance(zones_.slow_per_mille)) {
        scheduler_.injected("dns: slow answer");
        answered += scheduler_.random_duration(std::chrono::seconds(1), std::chrono::seconds(30));
    }
    if ((entry != nullptr && entry->hangs) || answered > deadline.time()) {
        co_await clock.sleep_until(deadline.time());
        co_return failure("Name service error: timed out");
    }
    co_await clock.sleep_until(answered);
    if (scheduler_.random().chance(zones_.servfail_per_mille)) {
        scheduler_.injected("dns: SERVFAIL");
        co_return failure("Host not found, try again");
    }
    if (scheduler_.random().chance(zones_.bogus_per_mille)) {
        scheduler_.injected("dns: bogus");
        co_return failure("validation failure: signature does not match");
    }
    const ZoneEntry* now = zones_.find(name);
    if (now != nullptr && !now->honest && scheduler_.random().chance(zones_.lie_per_mille)) {
        scheduler_.injected("dns: lie");
        DnsAnswer lie;
        lie.state = scheduler_.random().chance(500) ? DnsAnswer::State::no_such_domain : DnsAnswer::State::no_data;
        lie.canonical_name = name;
        co_return lie;
    }
    co_return look_up(zones_, base::lower(name), type);
}

std::vector<base::IpAddress> SimResolver::hosts_addresses(std::string_view name) const {
    const auto found = hosts_.find(base::lower(name));
    return found == hosts_.end() ? std::vector<base::IpAddress>{} : found->second;
}

std::string SimResolver::hosts_name(const base::IpAddress& address) const {
    for (const auto& [name, addresses] : hosts_) {
        if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) {
            return name;
        }
    }
    return "";
}

}  // namespace posthouse::sim
