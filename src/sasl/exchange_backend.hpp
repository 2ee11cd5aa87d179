#pragma once
// ExchangeBackend: PLAIN and LOGIN done here, with a PasswordChecker behind that only sees user and password.
#include <memory>
#include <string>

#include "sasl/password_backend.hpp"

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
    /// An error: it cannot be asked now, so AUTH should not be offered. Default: always there.
    virtual world::Task<base::Result<void>> available(world::Deadline) { co_return base::Result<void>{}; }
};

class ExchangeBackend final : public SaslBackend {
public:
    /// `realm`: smtpd_sasl_local_domain; appended as "@realm" to logins without one in what is reported, if not empty.
    /// `mechanism_list`: as in smtpd.conf's mech_list, "PLAIN LOGIN"; others are left out, empty: both.
    ExchangeBackend(std::unique_ptr<PasswordChecker> checker, std::string realm = {}, std::string_view mechanism_list = {});
    world::Task<base::Result<std::vector<Mechanism>>> mechanisms(world::Deadline deadline) override;
    std::unique_ptr<SaslConversation> begin(AuthRequest request) override;

private:
    class Conversation;
    std::unique_ptr<PasswordChecker> checker_;
    std::string realm_;
    std::vector<Mechanism> mechanisms_;
};

}  // namespace posthouse::sasl
