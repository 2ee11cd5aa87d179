#pragma once
// Accounts of the system, and giving up root's rights.
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "os/capabilities.hpp"

namespace posthouse::os {

struct User {
    std::string name;
    std::uint32_t user_id = 0;
    std::uint32_t group_id = 0;
    std::string home_directory;
    std::string shell;
    friend bool operator==(const User&, const User&) = default;
};

/// nullopt: there is no such account; an error: nobody knows for now (name service trouble). Blocks.
base::Result<std::optional<User>> find_user(const std::string& name);
base::Result<std::optional<User>> find_user(std::uint32_t user_id);
/// The name alone.
base::Result<std::optional<std::string>> login_name(std::uint32_t user_id);
base::Result<std::optional<std::uint32_t>> find_group(const std::string& name);

[[nodiscard]] std::uint32_t current_user_id();

/// Becomes `user` with its groups for good, keeping of root's rights those `in_use` and `at_hand`: the
/// latter rest until a WithRights or an ActingAs takes them. Before any other thread runs: rights are a thread's, and those
/// made later inherit them. A process that is not root's keeps its identity, which is fine if it is that of `user` already.
base::Result<void> drop_privileges(const User& user, Capabilities in_use, Capabilities at_hand);

}  // namespace posthouse::os
