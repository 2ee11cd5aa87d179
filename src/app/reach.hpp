#pragma once
// Reach: which folders a configuration makes the server read and write. The kernel is told (Landlock), and refuses all others.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/snapshot.hpp"
#include "world/files.hpp"

namespace posthouse::app {

struct Reach {
    struct Place {
        std::string path;
        std::uint64_t inode = 0;  // what was made anew under the same name is another one; 0: counts by name
    };
    std::vector<Place> read, write;
    bool everywhere = false;  // mailboxes may be anywhere
    bool for_others = false;  // mailboxes are written as their users

    /// A place of `other` that a process cannot open that was given this reach; empty: it can do with it. `files` tell what the
    /// places are now.
    [[nodiscard]] std::string beyond(const Reach& other, world::Files& files) const;
};

/// Who asks: a process that may read every file is kept from most of /etc.
enum class ReadingRights : std::uint8_t { own, everything };

/// Of what exists now. Every absolute path in main.cf, master.cf and the files that describe databases counts.
[[nodiscard]] Reach reach_of(const config::Configuration& configuration, world::Files& files, ReadingRights rights);

/// "/a/b" and "/c" of "hash:/a/b, proxy:/c"; what does not begin a word, as in "a/b", is no path.
[[nodiscard]] std::vector<std::string> absolute_paths(std::string_view text);

}  // namespace posthouse::app
