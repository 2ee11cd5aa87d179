#pragma once
// trivial-rewrite(8), the rewriting half: an envelope address in its full form. Pure.
#include <string>

#include "config/view.hpp"

namespace posthouse::route {

struct RewriteSettings {
    std::string myorigin, mydomain;
    std::string recipient_delimiter;
    bool append_at_myorigin = true;
    bool append_dot_mydomain = false;
    bool swap_bangpath = true;
    bool allow_percent_hack = true;

    [[nodiscard]] static RewriteSettings from(const config::View& view);
};

/// "site!user" → "user@site", "user%site" → "user@site", "user" → "user@$myorigin", "user@host" → "user@host.$mydomain",
/// a trailing dot is dropped. Internal form in and out; the null address stays null.
[[nodiscard]] std::string rewrite_address(std::string address, const RewriteSettings& settings);

}  // namespace posthouse::route
