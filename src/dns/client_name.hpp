#pragma once
// The name of a client address, believed only if the name leads back to the address (smtpd_peername_lookup).
#include <string>

#include "dns/host_lookup.hpp"

namespace posthouse::dns {

struct ClientName {
    enum class State : std::uint8_t { verified, unknown_permanent, unknown_temporary };
    std::string name = "unknown";  // verified, else "unknown"
    State state = State::unknown_permanent;
    std::string reverse_name = "unknown";            // what PTR says, not verified
    State reverse_state = State::unknown_permanent;  // `verified` means only: there is one
    std::string warning;  // "hostname x does not resolve to address y"; empty: nothing to say
};

/// Hosts file first, then DNS.
[[nodiscard]] world::Task<ClientName> lookup_client_name(world::Resolver& resolver, base::IpAddress address,
                                                         world::Deadline deadline);

}  // namespace posthouse::dns
