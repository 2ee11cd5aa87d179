#pragma once
// The Received: header that records this hop (RFC 5321 §4.4), folded as Postfix folds it. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "mail/envelope.hpp"
#include "mail/queue_id.hpp"
#include "world/tls.hpp"

namespace posthouse::receive {

struct ReceivedFacts {
    bool hides_session = false;  // smtpd_hide_client_session: nothing about the client, TLS, login and protocol
    std::string helo_name;
    std::string client_name;     // "localhost", "unknown"
    std::string client_address;  // "127.0.0.1", "IPv6:::1" is made here
    std::string myhostname, mail_name;
    std::string protocol;        // "ESMTPSA"
    std::optional<mail::QueueId> queue_id;  // nullopt: the message is not queued here
    std::string recipient;       // external form; empty: more than one, or none is shown
    std::string date;
    std::optional<world::TlsSession> tls;  // set: shown (smtpd_tls_received_header)
    bool asked_for_certificate = false;
    std::string sasl_username;   // set: shown (smtpd_sasl_authenticated_header)
};

/// A name that the client or a proxy made up, so that it ends neither a comment, the field nor a log's <>: what could is '?'.
[[nodiscard]] std::string name_for_header(std::string_view name);
[[nodiscard]] std::string received_header(const ReceivedFacts& facts);

}  // namespace posthouse::receive
