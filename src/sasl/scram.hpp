#pragma once
// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, 7677), the server's side: the password is never sent, and what is stored is of no use
// to who steals it without breaking it first. Without I/O.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sasl/mechanism_server.hpp"
#include "world/tls.hpp"

namespace posthouse::sasl {

struct ScramKeys {
    unsigned iterations = 0;
    std::string salt, stored_key, server_key;  // bytes
};

/// "4096,salt,StoredKey,ServerKey", the last three in base64, as "doveadm pw -s SCRAM-SHA-256" prints it behind its {…}.
[[nodiscard]] std::optional<ScramKeys> parse_scram_keys(std::string_view text);
/// Whether they were made of `password`. Takes milliseconds, by design. A password that SASLprep forbids is nobody's.
[[nodiscard]] bool is_password_of(const ScramKeys& keys, std::string_view password);
/// Keys that no password opens, always the same for one name, and in shape like another's: nobody can tell from them that there is no such user.
[[nodiscard]] ScramKeys decoy_keys(std::string_view user, std::string_view secret, const ScramKeys& like);

struct ScramSession {
    std::function<ScramKeys(const std::string& user)> keys;
    std::string nonce;  // the server's part: printable, no comma, fresh
    bool binds = false;  // the mechanism is …-PLUS
    world::ChannelBindings bindings = {};  // if there are any, …-PLUS was on offer
};
[[nodiscard]] std::unique_ptr<ServerExchange> make_scram_exchange(ScramSession session);

inline constexpr std::string_view scram = "SCRAM-SHA-256", scram_plus = "SCRAM-SHA-256-PLUS";

}  // namespace posthouse::sasl
