#include "receive/restrictions/server_lookup.hpp"

#include "base/format.hpp"
#include "dns/host_lookup.hpp"
#include "smtp/hostname.hpp"

namespace posthouse::receive {

namespace {

// Ours: a hostile zone can list thousands.
constexpr std::size_t servers_max = 32;

struct Servers {
    std::vector<std::string> names;
    std::string trouble;
};

std::vector<std::string> names_of(const world::DnsAnswer& answer) {
    std::vector<std::string> out;
    for (const world::DnsRecord& record : answer.records) {
        if (out.size() < servers_max && !record.name.empty() && record.name != ".") {
            out.push_back(record.name);
        }
    }
    return out;
}

world::Task<Servers> mail_servers(world::Resolver& resolver, std::string domain, world::Deadline deadline) {
    const world::DnsAnswer answer = co_await resolver.query(domain, world::RecordType::mx, deadline);
    Servers out;
    switch (answer.state) {
        case world::DnsAnswer::State::found: out.names = names_of(answer); break;
        case world::DnsAnswer::State::no_data:
        case world::DnsAnswer::State::no_such_domain: out.names.push_back(domain); break;
        case world::DnsAnswer::State::unknown: out.trouble = answer.reason; break;
    }
    co_return out;
}

world::Task<Servers> name_servers(world::Resolver& resolver, std::string domain, world::Deadline deadline) {
    Servers out;
    while (domain.find('.') != std::string::npos) {
        const world::DnsAnswer answer = co_await resolver.query(domain, world::RecordType::ns, deadline);
        if (answer.state == world::DnsAnswer::State::found) {
            out.names = names_of(answer);
            co_return out;
        }
        if (answer.state == world::DnsAnswer::State::unknown) {
            out.trouble = answer.reason;
            co_return out;
        }
        domain.erase(0, domain.find('.') + 1);
    }
    co_return out;
}

}  // namespace

world::Task<tables::AddressMatch> find_servers(const tables::MapList& maps, world::Resolver& resolver, ServerSearch search) {
    tables::AddressMatch absent;
    if (const auto literal = dns::address_literal(search.domain)) {
        world::Task<tables::AddressMatch> finding = tables::find_client_address(maps, *literal);
        co_return co_await std::move(finding);
    }
    if (!smtp::is_valid_hostname(search.domain)) {
        co_return absent;
    }
    Servers servers;
    if (search.type == ServerType::a) {
        servers.names.push_back(search.domain);
    } else {
        world::Task<Servers> asking = search.type == ServerType::mx ? mail_servers(resolver, search.domain, search.deadline)
                                                                    : name_servers(resolver, search.domain, search.deadline);
        servers = co_await std::move(asking);
    }
    if (!servers.trouble.empty()) {
        search.warning(base::format("cannot look up the servers of {}: {}", search.domain, servers.trouble));
    }
    for (const std::string& server : servers.names) {
        world::Task<tables::AddressMatch> by_name = tables::find_domain(maps, server, search.parents);
        tables::AddressMatch match = co_await std::move(by_name);
        if (!match.lookup.is_absent()) {
            co_return match;
        }
        const dns::HostLookupOptions options{.smtp_host_lookup = {dns::HostSource::native, dns::HostSource::dns}};
        world::Task<dns::HostAddresses> resolving = dns::lookup_host(resolver, server, options, search.deadline);
        const dns::HostAddresses addresses = co_await std::move(resolving);
        if (addresses.state == dns::HostAddresses::State::unknown) {
            search.warning(base::format("cannot look up {}, a server of {}: {}", server, search.domain, addresses.text));
        }
        for (const base::IpAddress& address : addresses.addresses) {
            world::Task<tables::AddressMatch> by_address = tables::find_client_address(maps, address);
            match = co_await std::move(by_address);
            if (!match.lookup.is_absent()) {
                co_return match;
            }
        }
    }
    co_return absent;
}

}  // namespace posthouse::receive
