#pragma once
// Whether access lists refuse mail to relay at all, by their words alone: what smtpd(8) asks before it serves anybody. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "config/view.hpp"

namespace posthouse::receive {

/// A restriction as it stands in a list.
struct ListedRestriction {
    std::string word;
    std::string argument;     // empty: it takes none, or it has none
    bool only_warns = false;  // behind warn_if_reject
};
[[nodiscard]] std::vector<ListedRestriction> restrictions_in(const std::vector<std::string>& words);

/// Refuses a stranger's mail to elsewhere whatever tables and names say: reject_unauth_destination, defer, ….
[[nodiscard]] bool refuses_strangers(std::string_view word);

/// Whether the list `parameter` comes to such a word: not behind permit, not one that only warns, not as the argument of another; in a
/// restriction class, too.
[[nodiscard]] bool refuses_relaying(const config::View& view, std::string_view parameter);

}  // namespace posthouse::receive
