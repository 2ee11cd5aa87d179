#include "receive/policy/network_connector.hpp"

#include "base/format.hpp"
#include "config/master_cf.hpp"
#include "dns/host_lookup.hpp"

namespace posthouse::receive {

using Connected = base::Result<std::unique_ptr<world::Stream>>;

HostAndPort split_host_and_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    std::string host(colon == std::string_view::npos ? "" : text.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return {host.empty() ? "localhost" : host, std::string(colon == std::string_view::npos ? text : text.substr(colon + 1))};
}

world::Task<Connected> NetworkPolicyConnector::connect(world::Deadline deadline) {
    if (server_.kind == PolicyServerName::Kind::unix_socket) {
        const std::string path = server_.text.starts_with('/') ? server_.text : places_.queue_directory + '/' + server_.text;
        world::Task<Connected> connecting = core_.network.connect_unix(path, deadline);
        co_return co_await std::move(connecting);
    }
    const HostAndPort place = split_host_and_port(server_.text);
    const auto port = config::resolve_port(place.port, places_.known_tcp_ports, places_.port_lookup);
    if (!port) {
        co_return base::fail(base::ErrorKind::invalid, base::format("unknown port \"{}\"", place.port));
    }
    dns::HostLookupOptions options;
    options.smtp_host_lookup = {dns::HostSource::native, dns::HostSource::dns};
    world::Task<dns::HostAddresses> looking_up = dns::lookup_host(core_.resolver, place.host, options, deadline);
    const dns::HostAddresses host = co_await std::move(looking_up);
    if (host.addresses.empty()) {
        co_return base::fail(base::ErrorKind::unreachable, base::format("host {}: {}", place.host, host.text));
    }
    Connected connected = base::fail(base::ErrorKind::unreachable, "no address");
    for (const base::IpAddress& address : host.addresses) {
        world::Task<Connected> connecting = core_.network.connect({address, *port}, std::nullopt, deadline);
        connected = co_await std::move(connecting);
        if (connected) {
            break;
        }
    }
    co_return connected;
}

}  // namespace posthouse::receive
