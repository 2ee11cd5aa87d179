#pragma once
// How a server seals session tickets (RFC 5077 §4): tls_session_ticket_cipher.
#include <openssl/ssl.h>

#include <string>

#include "base/result.hpp"

namespace posthouse::net {

/// A CBC cipher with blocks of 128 bits and a key of 128 to 256; OpenSSL's own is aes-256-cbc. Empty: nothing to do. The keys are the
/// context's own and go with it.
[[nodiscard]] base::Result<void> use_ticket_cipher(SSL_CTX* context, const std::string& cipher);

}  // namespace posthouse::net
