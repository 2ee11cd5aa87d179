#pragma once
// What became of one recipient in one delivery attempt.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace posthouse::mail {

struct Outcome {
    enum class Kind : std::uint8_t {
        delivered,
        deferred,  // try again; the default for whatever cannot be classified
        bounced,   // a clear permanent no
    } kind = Kind::deferred;
    std::string status = "4.0.0";    // enhanced status code, "2.0.0"
    std::string text;                // why, as the log's status=…(text)
    std::string relay = "none";      // "host[127.0.0.1]:25"
    std::string remote_mta;          // host name for DSN's Remote-MTA; empty: no remote reply
    std::string diagnostic;          // the remote reply for DSN's Diagnostic-Code, "550 5.1.1 no such user"; empty: none
    std::string action = "relayed";  // RFC 3464 Action for success: delivered, relayed, expanded
    bool connection_failed = false;  // the destination could not be reached at all: if deferred, feedback for its concurrency window
    std::size_t connection_uses = 1;  // messages sent by the connection, this one included
    std::chrono::microseconds connection_delay{0};    // delays= c: connecting, TLS, EHLO
    std::chrono::microseconds transmission_delay{0};  // delays= d

    [[nodiscard]] static Outcome deferred(std::string status, std::string text) {
        Outcome out;
        out.status = std::move(status);
        out.text = std::move(text);
        return out;
    }
    [[nodiscard]] static Outcome bounced(std::string status, std::string text) {
        Outcome out = deferred(std::move(status), std::move(text));
        out.kind = Kind::bounced;
        return out;
    }
    [[nodiscard]] static Outcome delivered(std::string status, std::string text) {
        Outcome out = deferred(std::move(status), std::move(text));
        out.kind = Kind::delivered;
        return out;
    }
};

}  // namespace posthouse::mail
