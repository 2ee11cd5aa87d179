#include "tables/network_index.hpp"

#include <algorithm>

namespace posthouse::tables {

void NetworkIndex::add(const NetworkPattern& pattern, std::size_t row) {
    Family& family = pattern.network.is_v4() ? v4_ : v6_;
    auto length = std::find_if(family.begin(), family.end(), [&](const Length& one) { return one.prefix_length == pattern.prefix_length; });
    if (length == family.end()) {
        length = family.insert(family.end(), {pattern.prefix_length, row, {}});
    }
    length->entries.push_back({pattern.network.network(pattern.prefix_length).bytes(), row});
}

void NetworkIndex::sort() {
    for (Family* family : {&v4_, &v6_}) {
        std::sort(family->begin(), family->end(), [](const Length& a, const Length& b) { return a.first_row < b.first_row; });
        for (Length& length : *family) {
            std::sort(length.entries.begin(), length.entries.end());
            // Of a network that is there twice the first row counts.
            const auto end = std::unique(length.entries.begin(), length.entries.end(), [](const Entry& a, const Entry& b) { return a.network == b.network; });
            length.entries.erase(end, length.entries.end());
            length.entries.shrink_to_fit();
        }
    }
}

std::optional<std::size_t> NetworkIndex::first(const base::IpAddress& address) const {
    std::optional<std::size_t> lowest;
    for (const Length& length : address.is_v4() ? v4_ : v6_) {
        if (lowest && length.first_row > *lowest) {
            break;  // all that follow are later rows
        }
        const auto network = address.network(length.prefix_length).bytes();
        const auto entry = std::lower_bound(length.entries.begin(), length.entries.end(), network, [](const Entry& one, const auto& wanted) { return one.network < wanted; });
        if (entry != length.entries.end() && entry->network == network && (!lowest || entry->row < *lowest)) {
            lowest = entry->row;
        }
    }
    return lowest;
}

}  // namespace posthouse::tables
