#pragma once
// Who owns the folders of a queue; what `postfix set-permissions` sees to.
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace posthouse::os {

struct Owner {
    std::uint32_t user_id = 0;
    std::uint32_t group_id = 0;
};

/// Makes the folder and its parents if they are missing; it belongs to `owner` and has exactly `mode` when this returns.
/// The parent must be one that only root changes.
base::Result<void> give_folder(const std::string& path, unsigned mode, Owner owner);

/// The regular files in a folder too, as an earlier start by another user left them. Links of any kind are left alone.
base::Result<void> give_files(const std::string& folder, Owner owner);

}  // namespace posthouse::os
