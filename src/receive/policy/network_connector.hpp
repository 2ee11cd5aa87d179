#pragma once
// Policy servers that listen somewhere: inet:host:port, unix:path.
#include "config/master_cf.hpp"

#include "receive/policy/client.hpp"
#include "world/cores.hpp"

namespace posthouse::receive {

class NetworkPolicyConnector final : public PolicyConnector {
public:
    /// `known_tcp_ports`: that parameter's value. Paths are relative to `queue_directory`.
    struct Places {
        std::string queue_directory, known_tcp_ports;
        config::PortLookup port_lookup;
    };
    NetworkPolicyConnector(PolicyServerName server, Places places, world::Core& core) : server_(std::move(server)), places_(std::move(places)), core_(core) {}

    /// A host's addresses are tried in turn.
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline deadline) override;

private:
    PolicyServerName server_;
    Places places_;
    world::Core& core_;
};

/// "host:port", "[address]:port", "port": without a host it is this one.
struct HostAndPort {
    std::string host, port;
};
[[nodiscard]] HostAndPort split_host_and_port(std::string_view text);

}  // namespace posthouse::receive
