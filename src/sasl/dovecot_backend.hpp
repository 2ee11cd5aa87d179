#pragma once
// DovecotBackend: logins checked by Dovecot's auth service. smtpd_sasl_type = dovecot, SASL_README. Every conversation has a
// connection of its own, so a client that dawdles in AUTH holds up nobody.
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/ip_address.hpp"
#include "sasl/password_backend.hpp"
#include "world/clock.hpp"
#include "world/network.hpp"
#include "world/random.hpp"

namespace posthouse::sasl {

struct UnixSocket {
    std::string path;
};
using DovecotAddress = std::variant<UnixSocket, base::Endpoint>;

/// smtpd_sasl_path: "private/auth" (relative to `queue_directory`), "/run/auth", "unix:/run/auth", "inet:127.0.0.1:12345".
[[nodiscard]] base::Result<DovecotAddress> parse_dovecot_address(std::string_view path, std::string_view queue_directory);

class DovecotBackend final : public SaslBackend {
public:
    DovecotBackend(DovecotAddress address, world::Network& network, world::Clock& clock, world::Random& random)
        : address_(std::move(address)), network_(network), clock_(clock), random_(random) {}
    /// Remembered for a minute: every EHLO asks.
    world::Task<base::Result<std::vector<Mechanism>>> mechanisms(world::Deadline deadline) override;
    std::unique_ptr<SaslConversation> begin(AuthRequest request) override;

private:
    static constexpr std::chrono::seconds remembered_for{60};
    struct Connection;
    class Conversation;
    world::Task<base::Result<std::unique_ptr<Connection>>> connect(world::Deadline deadline);
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect_stream(world::Deadline deadline);

    DovecotAddress address_;
    world::Network& network_;
    world::Clock& clock_;
    world::Random& random_;
    std::vector<Mechanism> remembered_;
    world::SteadyTime remembered_until_{};
};

}  // namespace posthouse::sasl
