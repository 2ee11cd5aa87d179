#pragma once
// message_reject_characters, message_strip_characters. Pure.
#include <algorithm>
#include <bitset>
#include <iterator>
#include <string>
#include <string_view>

namespace posthouse::cleanup {

using Characters = std::bitset<256>;

[[nodiscard]] inline bool has_any(std::string_view bytes, const Characters& set) {
    return std::any_of(bytes.begin(), bytes.end(), [&set](char c) { return set.test(static_cast<unsigned char>(c)); });
}

/// The bytes that are not in the set: `bytes` itself, or what of it was put into `room`.
[[nodiscard]] inline std::string_view without(std::string_view bytes, const Characters& set, std::string& room) {
    if (!has_any(bytes, set)) {
        return bytes;
    }
    std::remove_copy_if(bytes.begin(), bytes.end(), std::back_inserter(room), [&set](char c) { return set.test(static_cast<unsigned char>(c)); });
    return room;
}

}  // namespace posthouse::cleanup
