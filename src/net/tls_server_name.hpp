#pragma once
// Server Name Indication (RFC 6066 §3): keys and certificates by the name that a client asks for. tls_server_sni_maps.
#include <openssl/ssl.h>

#include "world/tls.hpp"

namespace posthouse::net {

/// What a server's handshake has to know and find out.
struct ServerNameQuestion {
    const world::NamedChains* chains = nullptr;
    world::TlsSession::Asked asked = world::TlsSession::Asked::nothing;
    std::string name;
};
/// Where an SSL keeps its ServerNameQuestion.
[[nodiscard]] int server_name_index();

/// OpenSSL's servername callback. A name that is not known leaves the default certificate; a table that cannot answer, or a chain
/// that cannot be used, ends the handshake: to show another name's certificate would be a wrong answer.
int answer_server_name(SSL* ssl, int* alert, void*);

}  // namespace posthouse::net
