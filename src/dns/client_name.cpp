#include "dns/client_name.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::dns {
namespace {

using State = ClientName::State;

// Letters, digits, '-', '_' and single dots, as RFC 1123 with the underscores that exist: a PTR record holds whatever
// the client's owner wrote, and the name goes into headers, logs and table lookups. All digits would look like an
// address.
bool is_possible_name(std::string_view name) {
    if (name.empty() || name.size() > 255 || name.front() == '.' || name.front() == '-' || name.back() == '.') {
        return false;
    }
    char previous = '\0';
    bool has_letter = false;
    for (const char c : name) {
        if ((!base::is_alnum(c) && c != '-' && c != '_' && c != '.') || (c == '.' && previous == '.')) {
            return false;
        }
        has_letter = has_letter || base::is_alpha(c);
        previous = c;
    }
    return has_letter;
}

world::Task<ClientName> lookup_reverse(world::Resolver& resolver, base::IpAddress address, world::Deadline deadline) {
    ClientName out;
    std::string name = resolver.hosts_name(address);
    if (name.empty()) {
        const world::DnsAnswer answer =
            co_await resolver.query(address.reverse_name(), world::RecordType::ptr, deadline);
        if (answer.state == world::DnsAnswer::State::unknown) {
            out.state = out.reverse_state = State::unknown_temporary;
            co_return out;
        }
        if (answer.state == world::DnsAnswer::State::found && !answer.records.empty()) {
            name = answer.records.front().name;
        }
    }
    if (is_possible_name(name)) {
        out.reverse_name = std::move(name);
        out.reverse_state = State::verified;
    }
    co_return out;
}

}  // namespace

world::Task<ClientName> lookup_client_name(world::Resolver& resolver, base::IpAddress address,
                                           world::Deadline deadline) {
    ClientName out = co_await lookup_reverse(resolver, address, deadline);
    if (out.reverse_state != State::verified) {
        co_return out;
    }
    const HostLookupOptions options{address.is_v4() ? InetProtocols::ipv4 : InetProtocols::ipv6, {HostSource::native}};
    const HostAddresses forward = co_await lookup_host(resolver, out.reverse_name, options, deadline);
    if (std::find(forward.addresses.begin(), forward.addresses.end(), address) != forward.addresses.end()) {
        out.name = out.reverse_name;
        out.state = State::verified;
        co_return out;
    }
    out.warning = base::format("hostname {} does not resolve to address {}", out.reverse_name, address.text());
    if (forward.state == HostAddresses::State::unknown) {
        out.state = State::unknown_temporary;
        out.warning += ": Temporary failure in name resolution";
    } else if (forward.state == HostAddresses::State::absent) {
        out.warning += ": Name or service not known";
    }
    co_return out;
}

}  // namespace posthouse::dns
