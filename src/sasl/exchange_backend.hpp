#pragma once
// ExchangeBackend: mechanisms done here. PLAIN and LOGIN have a PasswordChecker behind that only sees user and password, SCRAM needs its keys.
#include <memory>
#include <string>

#include "sasl/password_backend.hpp"
#include "sasl/scram.hpp"
#include "world/random.hpp"

namespace posthouse::sasl {

struct PasswordVerdict {
    enum class State { right, wrong, unknown };
    State state = State::unknown;
    std::string reason;  // if unknown
};

class PasswordChecker {
public:
    virtual ~PasswordChecker() = default;
    virtual world::Task<PasswordVerdict> check(std::string user, std::string password, world::Deadline deadline) = 0;
    /// Whether scram_keys() has an answer for everybody: a client that could choose SCRAM would choose it, and fail.
    [[nodiscard]] virtual bool knows_scram_keys() const { return false; }
    /// Of nobody: decoy_keys().
    [[nodiscard]] virtual ScramKeys scram_keys(const std::string& /*user*/) const { return {}; }
    /// An error: it cannot be asked now, so AUTH should not be offered. Default: always there.
    virtual world::Task<base::Result<void>> available(world::Deadline) { co_return base::Result<void>{}; }
};

class ExchangeBackend final : public SaslBackend {
public:
    /// `realm`: smtpd_sasl_local_domain; appended as "@realm" to logins without one in what is reported, if not empty.
    /// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS are offered if the checker has keys for them.
    ExchangeBackend(std::unique_ptr<PasswordChecker> checker, world::Random& random, std::string realm = {});
    world::Task<base::Result<std::vector<Mechanism>>> mechanisms(world::Deadline deadline) override;
    std::unique_ptr<SaslConversation> begin(AuthRequest request) override;

private:
    class Conversation;
    [[nodiscard]] std::unique_ptr<ServerExchange> exchange(const AuthRequest& request);

    std::unique_ptr<PasswordChecker> checker_;
    world::Random& random_;
    std::string realm_;
    std::vector<Mechanism> mechanisms_;
};

}  // namespace posthouse::sasl
