#pragma once
// parent_domain_matches_subdomains: which lists mean a domain's sub-domains, too.
#include <string_view>

#include "config/view.hpp"
#include "tables/match_list.hpp"

namespace posthouse::tables {

/// How the list of `parameter` is to be read ("smtpd_access_maps" for access tables).
[[nodiscard]] ParentDomains parents_of(const config::View& view, std::string_view parameter);

}  // namespace posthouse::tables
