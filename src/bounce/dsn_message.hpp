#pragma once
// The text of a delivery status notification (RFC 3462, 3464, 6533): what stands before and after the returned content.
#include <string>
#include <string_view>

#include "bounce/notice_plan.hpp"

namespace posthouse::bounce {

struct DsnFrame {
    std::string before;  // header, explanation, delivery status, head of the last part with its Return-Path
    std::string after;   // closes the report
};

struct DsnFacts {
    mail::QueueId notification_id;  // of the message that is being made
    world::WallTime now;
};

/// CRLF lines. Message-Id is left to cleanup.
[[nodiscard]] DsnFrame compose_dsn(const mail::Notification& notification, const Notice& notice, const DsnFacts& facts,
                                   const BounceSettings& settings);

/// Lets the header of returned content through and stops at the empty line.
class HeaderOnly {
public:
    /// How many bytes of `block` still belong to the header; less than all: the header has ended.
    [[nodiscard]] std::size_t feed(std::string_view block);
    [[nodiscard]] bool ended() const { return ended_; }

private:
    bool at_line_start_ = true;
    bool ended_ = false;
};

/// Folds at blanks, so that lines stay below 79 bytes where they can and below 900 in any case; continuation lines
/// begin with four blanks. CR and LF in `text` are blanks.
[[nodiscard]] std::string fold(std::string_view text);

}  // namespace posthouse::bounce
