#pragma once
// What became of each recipient of one request, host by host. Pure; the promise that every recipient ends with exactly
// one outcome and that a delivered one is never tried again is kept here.
#include <chrono>
#include <optional>
#include <vector>

#include "mail/outcome.hpp"

namespace posthouse::deliver {

class Ledger {
public:
    explicit Ledger(std::size_t recipients_count) : entries_(recipients_count) {}

    /// Recipients that may still be tried at another host.
    [[nodiscard]] std::vector<std::size_t> open() const;
    [[nodiscard]] bool all_decided() const;
    [[nodiscard]] bool any_delivered() const;

    /// Delivered and bounced are final. A deferral is remembered, and the recipient stays open for another host.
    void settle(std::size_t recipient, const mail::Outcome& outcome);
    void settle_open(const mail::Outcome& outcome);
    /// Final, whatever its kind: for when nobody knows whether the server took the message.
    void decide(std::size_t recipient, const mail::Outcome& outcome);

    /// Reasons of deferrals noted since the last call, each text once: what is lost when another host is tried.
    [[nodiscard]] std::vector<std::string> take_reasons();

    using Delay = std::chrono::microseconds;
    /// Puts delays, and how many messages the connection has carried, into every outcome noted since the last stamp.
    void stamp(Delay connection_delay, Delay transmission_delay, std::size_t connection_uses);

    /// The outcomes; recipients still open are deferred with what was remembered last.
    [[nodiscard]] std::vector<mail::Outcome> outcomes() const;

private:
    struct Entry {
        std::optional<mail::Outcome> decided;
        mail::Outcome last = mail::Outcome::deferred("4.3.0", "server unavailable or unable to receive mail");
        bool stamped = true;
        bool told = true;  // the reason in `last`
    };
    std::vector<Entry> entries_;
};

}  // namespace posthouse::deliver
