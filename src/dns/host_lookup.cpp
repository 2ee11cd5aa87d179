#include "dns/host_lookup.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dns/answer_text.hpp"

namespace posthouse::dns {
namespace {

using world::DnsAnswer;
using world::RecordType;

std::vector<RecordType> types_of(InetProtocols protocols) {
    switch (protocols) {
        case InetProtocols::ipv4:
            return {RecordType::a};
        case InetProtocols::ipv6:
            return {RecordType::aaaa};
        case InetProtocols::all:
            break;
    }
    return {RecordType::a, RecordType::aaaa};
}

void add_records(HostAddresses& out, const DnsAnswer& answer) {
    for (const auto& record : answer.records) {
        if (out.addresses.size() < host_addresses_max) {
            out.addresses.push_back(record.address);
        }
    }
}

// One type that answers is enough; one that cannot answer now outweighs one that says no.
world::Task<HostAddresses> ask_dns(world::Resolver& resolver, std::string host, InetProtocols protocols,
                                   world::Deadline deadline) {
    HostAddresses out{HostAddresses::State::absent, {}, {}};
    for (const RecordType type : types_of(protocols)) {
        const DnsAnswer answer = co_await resolver.query(host, type, deadline);
        if (answer.state == DnsAnswer::State::found) {
            add_records(out, answer);
            out.canonical_name = answer.canonical_name;
        } else if (out.state != HostAddresses::State::unknown) {
            out.text = answer_text(host, type, answer.state);
        }
        if (answer.state == DnsAnswer::State::unknown) {
            out.state = HostAddresses::State::unknown;
        }
    }
    if (!out.addresses.empty()) {
        out.state = HostAddresses::State::found;
        out.text.clear();
    }
    co_return out;
}

HostAddresses ask_hosts_file(const world::Resolver& resolver, std::string_view host, InetProtocols protocols) {
    HostAddresses out{HostAddresses::State::absent, {}, {}};
    for (const auto& address : resolver.hosts_addresses(host)) {
        if (allows(protocols, address) && out.addresses.size() < host_addresses_max) {
            out.addresses.push_back(address);
            out.state = HostAddresses::State::found;
        }
    }
    return out;
}

}  // namespace

bool allows(InetProtocols protocols, const base::IpAddress& address) {
    return protocols == InetProtocols::all || (protocols == InetProtocols::ipv4) == address.is_v4();
}

std::optional<base::IpAddress> address_literal(std::string_view host) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    if (base::istarts_with(host, "ipv6:")) {
        host.remove_prefix(5);
    }
    return base::IpAddress::parse(host);
}

world::Task<HostAddresses> lookup_host(world::Resolver& resolver, std::string host, HostLookupOptions options,
                                       world::Deadline deadline) {
    if (const auto literal = address_literal(host)) {
        if (!allows(options.inet_protocols, *literal)) {
            co_return HostAddresses{HostAddresses::State::absent,
                                    {},
                                    "unable to look up host " + host + ": Address family for hostname not supported"};
        }
        co_return HostAddresses{HostAddresses::State::found, {*literal}, {}};
    }
    HostAddresses out{
        HostAddresses::State::absent, {}, "unable to look up host " + host + ": no host lookup method is configured"};
    bool asked_dns = false;
    for (const HostSource source : options.smtp_host_lookup) {
        if (source == HostSource::native) {
            HostAddresses listed = ask_hosts_file(resolver, host, options.inet_protocols);
            if (listed.state == HostAddresses::State::found) {
                co_return listed;
            }
        }
        if (!asked_dns) {
            asked_dns = true;
            out = co_await ask_dns(resolver, host, options.inet_protocols, deadline);
        }
        if (out.state == HostAddresses::State::found) {
            break;
        }
    }
    co_return out;
}

}  // namespace posthouse::dns
