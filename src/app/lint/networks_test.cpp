#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

Said said(std::string main_cf) { return lint_with(networks, std::move(main_cf)); }

TEST(lint_networks, ordinary_networks_are_fine) {
    EXPECT_EQ(said("mynetworks = 127.0.0.0/8, [::1]/128, 10.0.0.0/8, 192.168.0.0/16 !10.1.0.0/16 203.0.113.0/24 2001:db8::/32 hash:/etc/x /etc/nets\n").texts, "");
    EXPECT_EQ(said("").texts, "");
}

TEST(lint_networks, an_empty_list_trusts_nobody) {
    EXPECT_EQ(said("\nmynetworks =,\n").places, (Places{"main.cf:2: warning"}));
}

TEST(lint_networks, host_bits_make_a_pattern_that_fails) {
    const Said found = said("mynetworks = 127.0.0.0/8 192.168.1.5/24\n");
    EXPECT_EQ(found.places, (Places{"main.cf:1: error"}));
    EXPECT_NE(found.texts.find("192.168.1.0/24"), std::string::npos) << found.texts;
}

TEST(lint_networks, half_the_internet_is_too_much) {
    EXPECT_EQ(said("mynetworks = 203.0.0.0/8\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("mynetworks = 2000::/3\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("mynetworks = fd00::/8 203.0.112.0/16\n").texts.find("addresses"), std::string::npos);
}

TEST(lint_networks, a_style_beside_a_list_has_no_effect) {
    EXPECT_EQ(said("mynetworks = 127.0.0.1\nmynetworks_style = host\n").places, (Places{"main.cf:2: note"}));
    EXPECT_EQ(said("mynetworks_style = class\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("mynetworks_style = subnet\n").texts, "");
}

}  // namespace
}  // namespace posthouse::app::lint
