#pragma once
// The message to the postmaster about errors in a session (notify_classes), with the session's transcript. Pure.
#include <string>
#include <string_view>

#include "mail/queue_id.hpp"

namespace posthouse::receive {

struct NoticeFacts {
    std::string myhostname, mail_name;
    mail::QueueId queue_id;
    std::string date;
    std::string recipient;   // external form, complete
    std::string client;      // "localhost[127.0.0.1]"
    std::string_view transcript;
    std::string_view ended;  // how the session ended against our will: "timeout"; empty: it did not
};

/// CRLF lines, from Received on.
[[nodiscard]] std::string postmaster_notice(const NoticeFacts& facts);

}  // namespace posthouse::receive
