#pragma once
// CyrusBackend: logins checked by the Cyrus SASL library, on the pool's threads. smtpd_sasl_type = cyrus, SASL_README.
#include <memory>
#include <vector>

#include "sasl/cyrus_library.hpp"
#include "sasl/password_backend.hpp"
#include "world/blocking_line.hpp"

namespace posthouse::sasl {

/// What all cores share: a service's settings and what it offers.
struct CyrusService {
    std::shared_ptr<const CyrusSettings> settings;
    std::vector<Mechanism> mechanisms;
};

/// One for the whole process. Ours: saslauthd has 5 processes by default; the pool has other work, too.
using LoginLine = world::BlockingLine<>;
inline constexpr world::BlockingLimits login_limits{.threads = 8};

class CyrusBackend final : public SaslBackend {
public:
    using MakeLogin = std::function<std::shared_ptr<CyrusLogin>()>;
    CyrusBackend(std::vector<Mechanism> mechanisms, MakeLogin make_login, std::shared_ptr<const LoginLine> line, world::Executor& home, world::Clock& clock)
        : mechanisms_(std::move(mechanisms)), make_login_(std::move(make_login)), line_(std::move(line)), home_(home), clock_(clock) {}
    world::Task<base::Result<std::vector<Mechanism>>> mechanisms(world::Deadline deadline) override;
    std::unique_ptr<SaslConversation> begin(AuthRequest request) override;

private:
    class Conversation;
    [[nodiscard]] world::Task<Step> ask(std::move_only_function<Step(world::NoState&)> work, world::Deadline deadline);

    std::vector<Mechanism> mechanisms_;
    MakeLogin make_login_;
    std::shared_ptr<const LoginLine> line_;
    world::Executor& home_;
    world::Clock& clock_;
};

}  // namespace posthouse::sasl
