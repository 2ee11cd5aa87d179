#pragma once
// How a server seals session tickets (RFC 5077 §4): tls_session_ticket_cipher, smtpd_tls_session_cache_timeout.
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace posthouse::net {

struct TicketKeys {
    std::chrono::steady_clock::time_point made{};
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> encryption{};
    std::array<unsigned char, 32> authentication{};
};

/// Keys that turn: who steals one reads what was sealed in one lifetime, not all that ever was. The key before still opens.
class TicketKeyRing {
public:
    explicit TicketKeyRing(std::chrono::steady_clock::duration lifetime) : lifetime_(lifetime) {}
    /// Null: no randomness.
    [[nodiscard]] TicketKeys* to_seal(std::chrono::steady_clock::time_point now);
    struct Found {
        TicketKeys* keys = nullptr;
        bool is_old = false;  // a new ticket is due
    };
    /// `name`: 16 bytes.
    [[nodiscard]] Found to_open(const unsigned char* name, std::chrono::steady_clock::time_point now);

private:
    bool turn(std::chrono::steady_clock::time_point now);
    std::chrono::steady_clock::duration lifetime_;
    std::optional<TicketKeys> current_, previous_;
};

/// `cipher`: CBC with blocks of 128 bits and a key of 128 to 256. A key seals for `lifetime`. The keys are the context's own and go with
/// it, so that no service opens another's tickets.
[[nodiscard]] base::Result<void> use_ticket_cipher(SSL_CTX* context, const std::string& cipher, std::chrono::seconds lifetime);

}  // namespace posthouse::net
