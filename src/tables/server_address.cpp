#include "tables/server_address.hpp"

#include "base/text.hpp"

namespace posthouse::tables {

namespace {

using StreamResult = base::Result<std::unique_ptr<world::Stream>>;
constexpr std::size_t addresses_max = 8;  // ours: a zone may list any number

world::Task<base::Result<std::vector<base::IpAddress>>> addresses_of(world::Resolver& resolver, std::string host, world::Deadline deadline) {
    if (const auto literal = base::IpAddress::parse(host)) {
        co_return std::vector{*literal};
    }
    std::vector<base::IpAddress> all = resolver.hosts_addresses(host);
    std::string reason = "Host not found";
    if (all.empty()) {
        for (const world::RecordType type : {world::RecordType::a, world::RecordType::aaaa}) {
            const world::DnsAnswer answer = co_await resolver.query(host, type, deadline);
            for (const world::DnsRecord& record : answer.records) {
                all.push_back(record.address);
            }
            if (answer.state == world::DnsAnswer::State::unknown) {
                reason = answer.reason;
            }
        }
    }
    if (all.empty()) {
        co_return base::fail(base::ErrorKind::unavailable, std::move(reason));
    }
    all.resize(std::min(all.size(), addresses_max));
    co_return all;
}

}  // namespace

std::optional<std::uint16_t> port_of(std::string_view text, const Surroundings& outside) {
    if (const auto number = base::parse_number(text)) {
        return *number > 0 && *number <= 65535 ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
    }
    return outside.ports && !text.empty() ? outside.ports(text) : std::nullopt;
}

base::Result<ServerAddress> parse_host_port(std::string_view text, const Surroundings& outside) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return base::fail(base::ErrorKind::invalid, "expecting \"host:port\" instead of \"" + std::string(text) + '"');
    }
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    const auto port = port_of(text.substr(colon + 1), outside);
    if (!port) {
        return base::fail(base::ErrorKind::invalid, "the port in \"" + std::string(text) + "\" is no number from 1 to 65535 and no service that /etc/services or known_tcp_ports names");
    }
    return ServerAddress{{}, std::string(host), *port};
}

base::Result<ServerAddress> parse_server_address(std::string_view text, const Surroundings& outside) {
    if (text.starts_with("inet:")) {
        return parse_host_port(text.substr(5), outside);
    }
    if (text.starts_with("unix:") && text.size() > 5) {
        const std::string path(text.substr(5));
        return ServerAddress{path.front() == '/' || outside.queue_directory.empty() ? path : outside.queue_directory + '/' + path, {}, 0};
    }
    return base::fail(base::ErrorKind::invalid, "expecting \"inet:host:port\" or \"unix:path\" instead of \"" + std::string(text) + '"');
}

world::Task<StreamResult> connect_server(world::Core& core, ServerAddress address, world::Deadline deadline) {
    const std::string doing = "connect to " + address.text();
    if (!address.path.empty()) {
        StreamResult stream = co_await core.network.connect_unix(address.path, deadline);
        co_return stream ? std::move(stream) : StreamResult(base::fail(stream.error(), doing));
    }
    const auto addresses = co_await addresses_of(core.resolver, address.host, deadline);
    if (!addresses) {
        co_return base::fail(addresses.error(), doing);
    }
    StreamResult stream = base::fail(base::ErrorKind::unavailable, doing);
    for (const base::IpAddress& ip : *addresses) {
        const base::Endpoint endpoint{ip, address.port};
        stream = co_await core.network.connect(endpoint, std::nullopt, deadline);
        if (stream || deadline.passed(core.clock.now())) {
            break;
        }
    }
    co_return stream ? std::move(stream) : StreamResult(base::fail(stream.error(), doing));
}

}  // namespace posthouse::tables
