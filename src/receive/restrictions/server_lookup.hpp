#pragma once
// The hosts behind a domain, looked up in an access table: check_*_a_access, check_*_mx_access, check_*_ns_access.
#include <functional>
#include <string>

#include "tables/address_lookup.hpp"
#include "world/resolver.hpp"

namespace posthouse::receive {

enum class ServerType : std::uint8_t { a, mx, ns };

struct ServerSearch {
    std::string domain;
    ServerType type = ServerType::a;
    tables::ParentDomains parents = tables::ParentDomains::match_subdomains;
    world::Deadline deadline;
    std::function<void(std::string)> warning;  // for the log: a host that cannot be looked up is passed over
};

/// The first host by name or address that the table knows; absent: none, or there is no such domain. A domain without MX is
/// its own mail server; one without NS belongs to its parent's.
[[nodiscard]] world::Task<tables::AddressMatch> find_servers(const tables::MapList& maps, world::Resolver& resolver, ServerSearch search);

}  // namespace posthouse::receive
