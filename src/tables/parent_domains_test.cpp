#include "tables/parent_domains.hpp"

#include <gtest/gtest.h>

namespace posthouse::tables {

TEST(parent_domains, are_matched_in_the_lists_that_the_parameter_names) {
    EXPECT_EQ(parents_of(config::View::of(""), "relay_domains"), ParentDomains::match_subdomains);
    EXPECT_EQ(parents_of(config::View::of(""), "transport_maps"), ParentDomains::dot_prefix);
    const config::View view = config::View::of("parent_domain_matches_subdomains = smtpd_access_maps, mynetworks\n");
    EXPECT_EQ(parents_of(view, "mynetworks"), ParentDomains::match_subdomains);
    EXPECT_EQ(parents_of(view, "relay_domains"), ParentDomains::dot_prefix);
}

}  // namespace posthouse::tables
