#pragma once
// Address lists of header fields (RFC 5322 §3.4 and §4.4): To, Cc, Bcc, From. For "sendmail -t", and for what rewrites
// addresses in headers.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::message {

struct ListedAddress {
    std::string address;    // internal form (smtp/address.hpp); never empty, without control bytes
    std::size_t begin = 0;  // where the addr-spec stands in the text: without display name and angle brackets
    std::size_t end = 0;
    friend bool operator==(const ListedAddress&, const ListedAddress&) = default;
};

struct AddressList {
    std::vector<ListedAddress> addresses;
    bool is_well_formed = true;  // false: something was skipped
    bool is_complete = true;     // false: count_max was reached

    [[nodiscard]] std::vector<std::string> texts() const;
};

// Ours: a header of header_size_limit bytes holds some 50000 "a," at most; the recipient limits stop far earlier.
constexpr std::size_t address_list_count_max = 50000;

/// `value` may be folded. Groups, comments, display names, source routes, white space around '.' and '@', empty entries
/// and missing commas ("a@example.org b@example.org") are understood, as by Postfix; a malformed entry is left out and the
/// rest is read on.
[[nodiscard]] AddressList parse_address_list(std::string_view value, std::size_t count_max = address_list_count_max);

}  // namespace posthouse::message
