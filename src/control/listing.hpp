#pragma once
// How a message of the queue looks as records of the control protocol (protocol.md).
#include <string>
#include <string_view>

#include "mail/record.hpp"
#include "mail/queue_admin.hpp"

namespace posthouse::control {

/// The records that show a message: "message …" and "recipient …" for those for whom it is still here, or for all.
enum class ShowRecipients : std::uint8_t { undelivered, all };
void append_listing(std::string& out, const mail::ListedMessage& listed, ShowRecipients show);
[[nodiscard]] std::string_view queue_name_text(mail::QueueName queue);
[[nodiscard]] std::string_view error_kind_text(base::ErrorKind kind);

/// Whether an action ("delete", "hold", "release", "requeue", "expire", "expire-release") means anything for a message of this queue, and whether the
/// queue is one of `queues` ("deferred,hold"; empty: all).
[[nodiscard]] bool change_applies(std::string_view action, mail::QueueName queue, std::string_view queues);

}  // namespace posthouse::control
