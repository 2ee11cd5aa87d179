#pragma once
// The Message-Id that cleanup gives to a message without one.
#include <chrono>
#include <string>
#include <string_view>

namespace posthouse::message {

struct MessageIdParts {
    std::chrono::system_clock::time_point arrival;
    std::string_view queue_id;
    std::string_view myhostname;
};

/// "<20261122034538.QUEUEID@myhostname>", the time in UTC, as Postfix writes it.
[[nodiscard]] std::string make_message_id(const MessageIdParts& parts);

}  // namespace posthouse::message
