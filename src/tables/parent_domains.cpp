#include "tables/parent_domains.hpp"

#include <algorithm>

namespace posthouse::tables {

ParentDomains parents_of(const config::View& view, std::string_view parameter) {
    const auto names = view.list("parent_domain_matches_subdomains");
    return std::find(names.begin(), names.end(), parameter) != names.end() ? ParentDomains::match_subdomains : ParentDomains::dot_prefix;
}

}  // namespace posthouse::tables
