#pragma once
// NetworkIndex: which of many networks holds an address, the one that was added first if several do. One binary search for each length
// of prefix there is, instead of one comparison for each network.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tables/network_pattern.hpp"

namespace posthouse::tables {

class NetworkIndex {
public:
    /// `row` numbers grow from call to call.
    void add(const NetworkPattern& pattern, std::size_t row);
    /// After the last add().
    void sort();
    /// The lowest row whose network holds the address.
    [[nodiscard]] std::optional<std::size_t> first(const base::IpAddress& address) const;

private:
    struct Entry {
        std::array<std::uint8_t, 16> network;
        std::size_t row;
        friend auto operator<=>(const Entry&, const Entry&) = default;
    };
    struct Length {
        unsigned prefix_length;
        std::size_t first_row;  // nothing here is lower
        std::vector<Entry> entries;
    };
    using Family = std::vector<Length>;  // by first_row once sorted
    Family v4_, v6_;
};

}  // namespace posthouse::tables
