#include "control/line_normalizer.hpp"

#include <gtest/gtest.h>

namespace posthouse::control {
namespace {

TEST(line_normalizer, makes_crlf_lines_however_the_bytes_are_cut) {
    LineNormalizer normalizer;
    std::string out;
    for (const char c : std::string_view("a\nb\r\nc\rd\r\r\n\n.")) {
        out += normalizer.feed({&c, 1});
    }
    out += normalizer.finish();
    EXPECT_EQ(out, "a\r\nb\r\nc d \r\n\r\n.\r\n");
    EXPECT_EQ(normalizer.finish(), "");
}

}  // namespace
}  // namespace posthouse::control
