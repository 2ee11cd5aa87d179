#include "tables/network_index.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

class Networks : public ::testing::TestWithParam<unsigned> {
protected:
    // Few distinct bits, so that networks lie in each other and addresses in networks.
    base::IpAddress address() {
        std::array<std::uint8_t, 16> bytes{};
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(random_() % 3 * 0x55);
        }
        return random_() % 2 == 0 ? base::IpAddress::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : base::IpAddress::from_v6(bytes);
    }
    NetworkPattern network() {
        const base::IpAddress of = address();
        const auto length = static_cast<unsigned>(random_() % (of.size() * 8 + 1));
        return {of.network(length), length};
    }
    std::mt19937 random_{GetParam()};
};

TEST_P(Networks, the_index_finds_what_a_search_row_by_row_finds) {
    std::vector<NetworkPattern> rows;
    NetworkIndex index;
    for (std::size_t i = 0; i < 300; ++i) {
        rows.push_back(network());
        index.add(rows.back(), i);
    }
    index.sort();
    std::size_t hits = 0;
    for (int i = 0; i < 2000; ++i) {
        const base::IpAddress asked = address();
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const NetworkPattern& pattern) { return pattern.network.family() == asked.family() && pattern.contains(asked); });
        const auto expected = row == rows.end() ? std::nullopt : std::optional(static_cast<std::size_t>(row - rows.begin()));
        EXPECT_EQ(index.first(asked), expected) << asked.text();
        hits += expected ? 1 : 0;
    }
    EXPECT_GT(hits, 0U);
}

// The same rules once more, with a condition that always holds: that table is searched row by row.
TEST_P(Networks, a_table_of_many_rows_answers_as_one_with_conditions) {
    FakeFiles files;
    std::string text;
    for (int i = 0; i < 200; ++i) {
        const NetworkPattern row = network();
        text += row.network.text() + '/' + std::to_string(row.prefix_length) + " row " + std::to_string(i) + '\n';
    }
    files.put("/plain", text);
    files.put("/conditions", "if !10.11.12.13\nendif\n" + text);
    const auto plain = open_table("cidr:/plain", {.files = files});
    const auto conditions = open_table("cidr:/conditions", {.files = files});
    for (int i = 0; i < 500; ++i) {
        const std::string asked = address().text();
        const Lookup one = run_now(plain->find(asked));
        const Lookup other = run_now(conditions->find(asked));
        EXPECT_EQ(one.value, other.value) << asked;
        EXPECT_EQ(one.state, other.state) << asked;
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, Networks, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace posthouse::tables
