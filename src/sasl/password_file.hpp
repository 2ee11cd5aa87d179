#pragma once
// PasswordFile: logins in a file of "user:hash" lines, hashes as crypt(5) makes them ($y$, $6$, $5$, $2b$), for servers
// without Dovecot. "{SHA512-CRYPT}" and the like in front of a hash, and further ':' fields, are ignored.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sasl/exchange_backend.hpp"
#include "world/cores.hpp"

namespace posthouse::sasl {

using PasswordHashes = std::unordered_map<std::string, std::string>;

/// Bad lines are skipped with a warning that names `file` and line. Of two lines for one user the first counts.
[[nodiscard]] PasswordHashes parse_password_file(std::string_view text, std::string_view file, const std::function<void(std::string)>& warn);

/// Hashes in the pool: a check costs milliseconds by design. An unknown user costs the same as a known one.
class PasswordFile final : public PasswordChecker {
public:
    PasswordFile(std::shared_ptr<const PasswordHashes> hashes, world::BlockingPool& pool, world::Executor& home);
    world::Task<PasswordVerdict> check(std::string user, std::string password, world::Deadline deadline) override;

private:
    std::shared_ptr<const PasswordHashes> hashes_;
    std::string decoy_;  // what an unknown user's password is hashed against
    world::BlockingPool& pool_;
    world::Executor& home_;
};

}  // namespace posthouse::sasl
