#pragma once
// The keys under which an address, a domain or a client is looked for, in Postfix's order. Pure; address_lookup asks them.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.hpp"
#include "tables/map_list.hpp"
#include "tables/match_list.hpp"

namespace posthouse::tables {

struct Key {
    std::string text;
    KeyScope scope = KeyScope::part;
    std::string unmatched_extension = {};  // what the key leaves out: "+ext"
};
using Keys = std::vector<Key>;

/// "user+ext" → "user", "+ext". Not for the names that Postfix reserves (mailer-daemon, double-bounce), nor owner-x and
/// x-request with the delimiter '-'. `delimiters`: recipient_delimiter, any of its characters; empty: never.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> split_extension(std::string_view local_part, std::string_view delimiters);

/// virtual(5), canonical(5): the whole address, then user@domain.
[[nodiscard]] Keys mail_address_keys(std::string_view address, std::string_view delimiters);
/// user+ext and user: only if the domain is local.
[[nodiscard]] Keys local_part_keys(std::string_view address, std::string_view delimiters);
/// @domain.
[[nodiscard]] Keys at_domain_keys(std::string_view address, std::string_view delimiters);

/// access(5): user+ext@domain, user@domain, domain and parents, user+ext@, user@. The null reverse-path ("") is `null_key`.
[[nodiscard]] Keys access_address_keys(std::string_view address, std::string_view delimiters, ParentDomains parents, std::string_view null_key);
/// access(5): the domain in scope `first`, then its parents.
[[nodiscard]] Keys domain_keys(std::string_view domain, ParentDomains parents, KeyScope first = KeyScope::whole);
/// access(5): a.b.c.d, a.b.c, a.b, a; for IPv6 the same at each colon.
[[nodiscard]] Keys client_address_keys(const base::IpAddress& address);
/// transport(5): user+ext@domain, user@domain, domain, parents, *.
[[nodiscard]] Keys transport_keys(std::string_view address, std::string_view delimiters, ParentDomains parents);

}  // namespace posthouse::tables
