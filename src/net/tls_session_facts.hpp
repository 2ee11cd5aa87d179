#pragma once
// What a finished handshake found out: parameters for Received: headers and the log, and who the peer is.
#include "net/openssl_handles.hpp"
#include "world/tls.hpp"

namespace posthouse::net {

enum class TlsSide { client, server };

/// Protocol, cipher, key exchange, signatures, names and fingerprints; `peer` says no_certificate, untrusted or trusted.
[[nodiscard]] world::TlsSession session_facts(SSL* ssl, TlsSide side, const EVP_MD* fingerprint_digest);

/// For either side; `server` is the server's certificate. What the session does not have stays empty.
[[nodiscard]] world::ChannelBindings channel_bindings(SSL* ssl, X509* server);

/// Client: raises `peer` to verified, or says in verification_error why not (RFC 6125; DANE: RFC 7672).
void check_peer(SSL* ssl, const world::TlsClientRequest& request, world::TlsSession& session);

}  // namespace posthouse::net
