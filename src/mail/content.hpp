#pragma once
// Message content on its way out of the spool, block by block. Content is CRLF-terminated lines, not dot-stuffed.
#include <memory>
#include <string>

#include "base/result.hpp"
#include "world/task.hpp"

namespace posthouse::mail {

/// Shared because a small message that was just committed is still in memory and is sent from there.
using Block = std::shared_ptr<const std::string>;

class ContentReader {
public:
    virtual ~ContentReader() = default;
    /// The next block; null at the end.
    virtual world::Task<base::Result<Block>> next() = 0;
};

/// Opens a message's content from its start; once per attempt at a next hop. Usable on the core that it was handed to.
class ContentSource {
public:
    virtual ~ContentSource() = default;
    virtual world::Task<base::Result<std::unique_ptr<ContentReader>>> open() = 0;
};

}  // namespace posthouse::mail
