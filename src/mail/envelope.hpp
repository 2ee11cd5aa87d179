#pragma once
// The envelope: what RFC 5321 and 3461 say about a message outside its content, and where it came from.
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "world/deadline.hpp"

namespace posthouse::mail {

/// RFC 3461 §4.1. `none` set: the default (failure, and delay as configured).
struct DsnNotify {
    bool never = false;
    bool success = false;
    bool failure = false;
    bool delay = false;
    [[nodiscard]] bool none() const { return !never && !success && !failure && !delay; }
    [[nodiscard]] bool wants_failure() const { return none() || failure; }
    friend bool operator==(const DsnNotify&, const DsnNotify&) = default;
};

enum class DsnRet : std::uint8_t { unset, full, hdrs };
enum class BodyType : std::uint8_t { unset, seven_bit, eight_bit_mime };

/// An address in internal form: no quoting, no angle brackets. Empty only as the null reverse-path.
class ReversePath {
public:
    ReversePath() = default;  // null
    explicit ReversePath(std::string address) : address_(std::move(address)) {}
    [[nodiscard]] bool is_null() const { return address_.empty(); }
    [[nodiscard]] const std::string& address() const { return address_; }
    friend bool operator==(const ReversePath&, const ReversePath&) = default;

private:
    std::string address_;
};

struct Recipient {
    std::string address;              // where it goes, internal form
    std::string original_address;     // as the client gave it, before rewriting; for the log's orig_to=
    std::string original_recipient;   // ORCPT, "rfc822;user@example.net" decoded; empty: none was given or made
    DsnNotify notify;
    friend bool operator==(const Recipient&, const Recipient&) = default;
};

/// Where a message came from, for Received, policy, macros and the log.
struct Origin {
    std::string client_name;     // "unknown" without a verified name
    std::string client_address;  // "127.0.0.1"; empty: local submission
    std::string helo_name;
    std::string protocol;        // "SMTP", "ESMTP", "ESMTPSA"; empty: local submission
    std::string sasl_method, sasl_username;
    friend bool operator==(const Origin&, const Origin&) = default;
};

struct Envelope {
    ReversePath reverse_path;
    std::vector<Recipient> recipients;
    std::string envelope_id;  // ENVID, decoded
    DsnRet ret = DsnRet::unset;
    BodyType body = BodyType::unset;
    std::string verp_delimiters;  // verp.hpp: two characters; empty: every recipient gets the message from the same sender
    bool smtputf8 = false;
    /// Whether this system completes headers: for its own clients (local_header_rewrite_clients), not for strangers' mail.
    /// Known while a message enters, not stored.
    enum class HeaderContext : std::uint8_t { remote, local } header_context = HeaderContext::remote;
    /// What was decided so far: HOLD, DISCARD. Known while a message enters, not stored.
    enum class Disposition : std::uint8_t { deliver, hold, discard } disposition = Disposition::deliver;
    /// transport:nexthop that takes the message instead of its recipients' own (content_filter, access(5) FILTER); empty: none.
    std::string content_filter;
    /// What is wanted of the delivery agents: sendmail(1) -v and -bv, a probe of address verification (which is never stored).
    enum class Purpose : std::uint8_t { deliver, deliver_and_report, ask, probe } purpose = Purpose::deliver;
    /// receive_override_options: no header_checks(5). Known while a message enters, not stored.
    bool no_header_body_checks = false;
    /// The same: no virtual_alias_maps.
    bool no_address_mappings = false;
    Origin origin;
    world::WallTime arrival;
    base::Bytes size;          // content as stored

    /// Nothing is to be delivered, only found out whether it could be.
    [[nodiscard]] bool only_asks() const { return purpose == Purpose::ask || purpose == Purpose::probe; }
    friend bool operator==(const Envelope&, const Envelope&) = default;
};

}  // namespace posthouse::mail
