#pragma once
// HeldContent: content that waits for its end before anybody gets it (smtpd_proxy_options = speed_adjust). The first part is kept in
// memory, the rest in files of one part each. Lives on its session's core; the files are gone with it.
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "world/cores.hpp"
#include "world/files.hpp"

namespace posthouse::receive {

class HeldContent {
public:
    /// Where parts are written; outlives all content.
    struct Room {
        world::Files& files;
        world::BlockingPool& pool;
        std::string folder;  // exists, and is the server's alone
    };
    /// Ours: so much of each message is in memory, and read into it at once.
    static constexpr std::size_t part_size = 256 * 1024;
    /// Names of files begin with it: what has one when the server starts is of a server that was killed.
    static constexpr std::string_view name_prefix = "held-";

    HeldContent(Room room, world::Core& home) : room_(std::move(room)), home_(home) {}
    HeldContent(const HeldContent&) = delete;
    HeldContent& operator=(const HeldContent&) = delete;
    ~HeldContent();

    /// An error: a part could not be written, and the content is not whole any more.
    world::Task<base::Result<void>> append(std::string_view bytes);
    /// The content from its beginning, a piece a call, each once; nullopt: that was all. No append() any more.
    world::Task<base::Result<std::optional<std::string>>> next();

private:
    Room room_;
    world::Core& home_;
    std::string part_;               // not written yet
    std::deque<std::string> paths_;  // of the parts before it
    std::string name_;               // of all files
    std::size_t files_made_ = 0;
};

/// Removes what a server that was killed has left in this folder. Blocking.
void remove_held_content(world::Files& files, const std::string& folder);

}  // namespace posthouse::receive
