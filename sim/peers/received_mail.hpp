#pragma once
// What a next hop reads out of a message: its key, its body, and the recipients that a notification reports as failed.
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::sim {

struct ReceivedMail {
    std::string key;  // from the first X-Sim-Key anywhere: in a notification it is in the returned header
    std::string body;
    std::vector<std::string> failed_recipients;  // Final-Recipient (RFC 3464 §2.3.2) of every "Action: failed"
};

[[nodiscard]] ReceivedMail examine(std::string_view content);

}  // namespace posthouse::sim
