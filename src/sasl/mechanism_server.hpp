#pragma once
// ServerExchange: the server's side of a mechanism, without I/O: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login) here, SCRAM
// elsewhere. All texts are decoded bytes; base64 is the caller's.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace posthouse::sasl {

struct Challenge {
    std::string bytes;
};
struct Credentials {
    std::string authorization_id;  // who to act as; empty: `user`
    std::string user;
    std::string password;
};
struct Malformed {
    std::string reason;
};
/// The mechanism itself has shown who it is.
struct Proven {
    std::string authorization_id;
    std::string user;
};
/// Or that it is not `user`, if one was named.
struct Refused {
    std::string user;
    std::string reason;
};
using ExchangeStep = std::variant<Challenge, Credentials, Malformed, Proven, Refused>;

class ServerExchange {
public:
    virtual ~ServerExchange() = default;
    /// Once, first. An initial response of zero bytes is not the same as none.
    [[nodiscard]] virtual ExchangeStep start(std::optional<std::string> initial_response) = 0;
    /// The answer to the last Challenge.
    [[nodiscard]] virtual ExchangeStep respond(std::string response) = 0;
};

/// Null if the mechanism is neither PLAIN nor LOGIN.
[[nodiscard]] std::unique_ptr<ServerExchange> make_server_exchange(std::string_view mechanism);

}  // namespace posthouse::sasl
