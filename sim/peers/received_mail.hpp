#pragma once
// What a next hop reads out of a message: its key, its body, and what a notification reports about which recipients.
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::sim {

struct ReceivedMail {
    std::string key;  // from the first X-Sim-Key anywhere: in a notification it is in the returned header
    std::string message_id;  // of its own header
    std::string body;  // as it was before a transfer encoding that the header names
    bool has_eight_bit = false;    // the body as it came; an international header is SMTPUTF8's business
    // Final-Recipient (RFC 3464 §2.3.2) by what became of him.
    std::vector<std::string> failed_recipients;
    std::vector<std::string> delayed_recipients;
    std::vector<std::string> done_recipients;  // delivered, relayed, expanded
    bool reports_a_report = false;             // a notification about a notification
};

[[nodiscard]] ReceivedMail examine(std::string_view content);

}  // namespace posthouse::sim
