#pragma once
// The sender of probes: address_verify_sender, with a part that changes every address_verify_sender_ttl, so that lists of
// addresses to send junk to do not live long. Pure.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "world/deadline.hpp"

namespace posthouse::mail {

struct ProbeSender {
    std::string address;            // completed; empty: the null reverse-path
    std::chrono::seconds ttl{0};    // 0: the address stays as it is

    /// The sender of a probe that is sent at `now`.
    [[nodiscard]] std::string at(world::WallTime now) const;
    /// Whether `candidate` is the sender of a probe of ours, sent at `now` or not longer than a ttl before or after.
    [[nodiscard]] bool matches(std::string_view candidate, world::WallTime now) const;
};

/// The value of address_verify_sender as an address that may lack its domain: "<>" is empty.
[[nodiscard]] std::string probe_sender_address(std::string_view value);

}  // namespace posthouse::mail
