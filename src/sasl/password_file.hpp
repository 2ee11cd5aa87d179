#pragma once
// PasswordFile: logins in a file of "user:hash" lines for servers without Dovecot. Hashes as crypt(5) makes them ($y$, $6$, $5$, $2b$), or
// keys of SCRAM, "{SCRAM-SHA-256}4096,salt,StoredKey,ServerKey", both as "doveadm pw" prints them. "{SHA512-CRYPT}" and the like in front
// of a hash, and further ':' fields, are ignored.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "sasl/exchange_backend.hpp"
#include "world/cores.hpp"

namespace posthouse::sasl {

/// crypt(3)'s text, or keys.
using PasswordHash = std::variant<std::string, ScramKeys>;
using PasswordHashes = std::unordered_map<std::string, PasswordHash>;

/// Bad lines are skipped with a warning that names `file` and line. Of two lines for one user the first counts.
[[nodiscard]] PasswordHashes parse_password_file(std::string_view text, std::string_view file, const std::function<void(std::string)>& warn);

/// Why SCRAM cannot be offered although somebody has keys for it; empty: it can, or nobody has.
[[nodiscard]] std::string missing_scram_keys(const PasswordHashes& hashes);

/// Hashes in the pool: a check costs milliseconds by design. An unknown user costs the same as a known one.
class PasswordFile final : public PasswordChecker {
public:
    PasswordFile(std::shared_ptr<const PasswordHashes> hashes, world::BlockingPool& pool, world::Executor& home);
    world::Task<PasswordVerdict> check(std::string user, std::string password, world::Deadline deadline) override;
    [[nodiscard]] bool knows_scram_keys() const override { return all_scram_; }
    [[nodiscard]] ScramKeys scram_keys(const std::string& user) const override;

private:
    std::shared_ptr<const PasswordHashes> hashes_;
    PasswordHash decoy_;  // what an unknown user's password is hashed against
    std::string secret_;  // of decoys: the same on every core and after a restart
    bool all_scram_;
    world::BlockingPool& pool_;
    world::Executor& home_;
};

}  // namespace posthouse::sasl
