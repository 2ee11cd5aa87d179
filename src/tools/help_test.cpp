#include "tools/help.hpp"

#include <gtest/gtest.h>

namespace posthouse::tools {

TEST(help, tells_type_default_and_purpose) {
    const std::string text = parameter_help("anvil_rate_time_unit");
    EXPECT_TRUE(text.starts_with("anvil_rate_time_unit (default: 60s)\n    Length of the interval")) << text;
    EXPECT_NE(text.find("time: a number and s, m, h, d or w; seconds without a letter; supported."), std::string::npos) << text;
    EXPECT_TRUE(parameter_help("relayhost").starts_with("relayhost (default: empty)\n"));
}

TEST(help, knows_the_families_of_transports) {
    const std::string text = parameter_help("slow_destination_recipient_limit");
    EXPECT_TRUE(text.starts_with("slow_destination_recipient_limit (default: $default_destination_recipient_limit)\n")) << text;
    EXPECT_NE(text.find("\ndefault_destination_recipient_limit (default: 50)\n"), std::string::npos) << text;
    EXPECT_TRUE(parameter_help("local_destination_recipient_limit").starts_with("local_destination_recipient_limit (default: 1)\n"));
}

TEST(help, says_nothing_of_what_does_not_exist) { EXPECT_EQ(parameter_help("no_such_thing"), ""); }

}  // namespace posthouse::tools
