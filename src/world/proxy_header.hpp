#pragma once
// The PROXY protocol, versions 1 and 2 (haproxy's doc/proxy-protocol.txt): a load balancer says whose connection this is, ahead of
// all else. The header is read to its last byte and not one further: what follows may be a TLS handshake.
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ip_address.hpp"
#include "world/clock.hpp"
#include "world/network.hpp"

namespace posthouse::world {

struct ProxyHeader {
    struct Addresses {
        base::Endpoint client, server;
        friend bool operator==(const Addresses&, const Addresses&) = default;
    };
    std::optional<Addresses> addresses;  // nullopt: version 2's LOCAL, the proxy speaks for itself and the connection's own addresses count
    std::size_t rest = 0;                // bytes behind the text that belong to the header and say nothing to us (TLVs)
};

/// So many bytes are certainly missing.
struct ProxyHeaderNeeds {
    std::size_t count = 1;
};
struct ProxyHeaderError {
    std::string_view text;  // in the words of Postfix
};
using ParsedProxyHeader = std::variant<ProxyHeader, ProxyHeaderNeeds, ProxyHeaderError>;

inline constexpr std::size_t proxy_line_length_max = 107;  // of version 1, with its CRLF (proxy-protocol.txt §2.1)

/// What `bytes`, the beginning of a connection, say; pure. Asks for more only while they can become a header, and never for more than
/// that has. PROXY UNKNOWN is an error, as in Postfix: the client would get the rights of its proxy.
[[nodiscard]] ParsedProxyHeader parse_proxy_header(std::string_view bytes);

/// Takes the header off a connection that nobody has read from, within `timeout`. The error's text is for the log, "haproxy read: …" as smtpd(8)
/// and postscreen(8) write it; such a client cannot be judged and is to be sent away.
Task<base::Result<ProxyHeader>> read_proxy_header(Stream& stream, const Clock& clock, std::chrono::seconds timeout);

}  // namespace posthouse::world
