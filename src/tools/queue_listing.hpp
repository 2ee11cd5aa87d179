#pragma once
// What postqueue -p and -j print, exactly as Postfix does (scripts read it).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/listing.hpp"
#include "mail/queue_admin.hpp"

namespace posthouse::tools {

struct QueueEntry {
    std::string queue_name;  // active, deferred, hold, incoming, maildrop
    std::string id;
    std::uint64_t size = 0;
    std::int64_t arrival = 0;  // seconds since 1970
    std::string sender;        // empty: the null reverse-path
    bool forced_expire = false;
    struct Recipient {
        std::string address;
        std::string reason;  // empty: none yet
    };
    std::vector<Recipient> recipients;
};

/// From the "message" and "recipient" records of the control protocol.
[[nodiscard]] QueueEntry entry_from(const mail::Record& message);
void add_recipient(QueueEntry& entry, const mail::Record& recipient);

/// What the server would answer about this message.
[[nodiscard]] std::vector<mail::Record> listing_records(const mail::ListedMessage& listed, control::ShowRecipients show);
/// The same of a message read by the tool itself.
[[nodiscard]] QueueEntry entry_from(const mail::ListedMessage& listed);
/// The lines of one message, without the empty line that divides it from the next.
[[nodiscard]] std::string mailq_text(const QueueEntry& entry);
[[nodiscard]] std::string mailq_heading();
/// "-- 3 Kbytes in 1 Request.", "Mail queue is empty".
[[nodiscard]] std::string mailq_summary(std::uint64_t bytes, std::uint64_t messages);
/// One line with its LF.
[[nodiscard]] std::string json_text(const QueueEntry& entry);

}  // namespace posthouse::tools
