#include "deliver/smtp/body_encoder.hpp"

#include <gtest/gtest.h>

#include <random>

namespace posthouse::deliver {
namespace {

std::string encode(std::string_view content, std::size_t limit, std::size_t cut) {
    BodyEncoder encoder(limit);
    std::string out;
    for (std::size_t at = 0; at < content.size(); at += cut) {
        encoder.append(content.substr(at, cut), out);
    }
    encoder.finish(out);
    return out;
}

}  // namespace

TEST(body_encoder, every_cut_gives_the_same_bytes) {
    const struct {
        std::string content, wire;
    } cases[] = {
        {"", ".\r\n"},
        {"a\r\n.b\r\n..\r\n", "a\r\n..b\r\n...\r\n.\r\n"},
        {"no line end", "no line \r\n end\r\n.\r\n"},
        {"12345678\r\n", "12345678\r\n.\r\n"},
        {"123456789\r\n", "12345678\r\n 9\r\n.\r\n"},
        {"12345678abcdefgh\r\n", "12345678\r\n abcdefg\r\n h\r\n.\r\n"},
        {"12345678.\r\n", "12345678\r\n .\r\n.\r\n"},
        {"a\nb\r\n", "a\r\nb\r\n.\r\n"},
        {"a\n.\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
        {"a\rb\r\n", "a b\r\n.\r\n"},
        {"a\r.\rb\r\n", "a . b\r\n.\r\n"},
        {"a\r\r\n", "a \r\n.\r\n"},
        {"a\r", "a\r\n.\r\n"},
        {"\n.\n", "\r\n..\r\n.\r\n"},
    };
    for (const auto& c : cases) {
        for (std::size_t cut = 1; cut <= c.content.size() + 1; ++cut) {
            EXPECT_EQ(encode(c.content, 8, cut), c.wire) << c.content << " cut at " << cut;
        }
    }
}

// Ordinary lines pass as a whole; byte by byte they cannot. What is between them must not make a difference.
TEST(body_encoder, long_content_passes_as_its_bytes_do_one_by_one) {
    static constexpr std::string_view oddities[] = {"", "\r\n.\r\n", "\n", "\r", ".", "\n.\n", "\r\r\n", "\r\n..\r\n"};
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        std::string content;
        for (int part = 0; part < 4; ++part) {
            for (std::size_t i = random() % 12; i > 0; --i) {
                content += std::string(random() % 80, 'x') + "\r\n";
            }
            content += oddities[random() % std::size(oddities)];
        }
        for (const std::size_t limit : {0, 78, 79, 998}) {
            EXPECT_EQ(encode(content, limit, content.size() + 1), encode(content, limit, 1)) << "seed " << seed << ", limit " << limit;
        }
    }
}

TEST(body_encoder, a_limit_of_zero_folds_nothing) {
    const std::string line(100'000, 'x');
    EXPECT_EQ(encode(line + "\r\n", 0, 7), line + "\r\n.\r\n");
}

}  // namespace posthouse::deliver
