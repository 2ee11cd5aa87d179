#pragma once
// Lines of Dovecot's authentication protocol 1.x, client side, without I/O.
// https://doc.dovecot.org/developer_manual/design/auth_protocol/
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sasl/password_backend.hpp"

namespace posthouse::sasl {

/// What the server says before DONE.
class DovecotGreeting {
public:
    /// Takes one line; true at DONE. An error if this is no server of version 1.
    [[nodiscard]] base::Result<bool> feed(std::string_view line);
    /// Without those that are marked private.
    [[nodiscard]] const std::vector<Mechanism>& mechanisms() const { return mechanisms_; }

private:
    static constexpr std::size_t lines_max = 1000;
    std::size_t lines_ = 0;
    bool version_seen_ = false;
    std::vector<Mechanism> mechanisms_;
};

struct DovecotReply {
    enum class Kind { proceed, granted, refused };
    Kind kind = Kind::refused;
    std::uint32_t id = 0;
    std::string challenge;  // base64, of proceed
    std::string user;
    std::string reason;
    bool temporary = false;
};

/// An OK, FAIL or CONT line; nullopt for any other, which is to be skipped.
[[nodiscard]] std::optional<DovecotReply> parse_dovecot_reply(std::string_view line);
/// "VERSION ... CPID ...": `client_id` must be unique among the connections of this server.
[[nodiscard]] std::string dovecot_hello(std::uint32_t client_id);
/// The AUTH line, its line end included; resp comes last, as the protocol demands.
[[nodiscard]] std::string dovecot_auth_line(std::uint32_t id, std::string_view mechanism, const AuthRequest& request);

}  // namespace posthouse::sasl
