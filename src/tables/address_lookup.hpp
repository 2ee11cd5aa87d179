#pragma once
// Looking up addresses, domains and clients: the key orders of virtual(5), access(5) and transport(5). In every order each
// key goes to all tables of the list before the next key, and pattern tables see only the whole address, once.
#include <functional>
#include <string>

#include "tables/address_keys.hpp"
#include "tables/map_list.hpp"
#include "tables/match_list.hpp"

namespace posthouse::tables {

struct AddressMatch {
    Lookup lookup;
    std::string key;                  // that was found, or that could not be asked
    std::string unmatched_extension;  // "+ext" of the address, if the key left it out; see propagate_unmatched_extensions
};

struct AccessOptions {
    std::string recipient_delimiter = {};
    ParentDomains parents = ParentDomains::match_subdomains;  // the default lists smtpd_access_maps
    std::string null_key = "<>";                              // smtpd_null_access_lookup_key
};

/// Whether mail for a domain is delivered here (mydestination, inet_interfaces).
using IsLocalDomain = std::function<world::Task<Match>(std::string domain)>;

// In all of them the map list must live until the task ends.

/// The first key that is found; an unknown stops the search.
[[nodiscard]] world::Task<AddressMatch> find_first(const MapList& maps, Keys keys);
/// virtual(5), canonical(5), generic(5), sender_login_maps: user+ext@dom, user@dom, user+ext, user (both only if `is_local`
/// says so), @dom. An `is_local` in doubt makes the answer unknown. An empty `is_local`: no domain is local.
[[nodiscard]] world::Task<AddressMatch> find_mail_address(const MapList& maps, std::string address, std::string recipient_delimiter,
                                                          IsLocalDomain is_local);
/// check_sender_access, check_recipient_access. The address "" is the null reverse-path.
[[nodiscard]] world::Task<AddressMatch> find_access_address(const MapList& maps, std::string address, AccessOptions options);
/// check_helo_access and other lookups of a name with its parents.
[[nodiscard]] world::Task<AddressMatch> find_domain(const MapList& maps, std::string domain, ParentDomains parents);
/// check_client_access: the host name and its parents, then the address and its networks. `host` may be "unknown" or empty.
[[nodiscard]] world::Task<AddressMatch> find_client(const MapList& maps, std::string host, base::IpAddress address, ParentDomains parents);
[[nodiscard]] world::Task<AddressMatch> find_client_address(const MapList& maps, base::IpAddress address);
/// transport_maps; parents are dot_prefix unless parent_domain_matches_subdomains lists transport_maps.
[[nodiscard]] world::Task<AddressMatch> find_transport(const MapList& maps, std::string address, std::string recipient_delimiter,
                                                       ParentDomains parents = ParentDomains::dot_prefix);

}  // namespace posthouse::tables
