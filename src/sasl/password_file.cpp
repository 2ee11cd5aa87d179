#include "sasl/password_file.hpp"

#include <crypt.h>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::sasl {

namespace {

// Time depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    return difference == 0;
}

PasswordVerdict compare(const std::string& password, const std::string& hash) {
    const auto data = std::make_unique<crypt_data>();
    const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
    if (made == nullptr || *made == '*') {
        return {PasswordVerdict::State::unknown, "password hash is of a kind that crypt(3) does not know"};
    }
    return {equal_in_constant_time(made, hash) ? PasswordVerdict::State::right : PasswordVerdict::State::wrong, {}};
}

constexpr std::string_view decoy_hash = "$6$nobody$JzVm0Xb1D1dPqQm0rS2nq1bYwQ5c0oEoQ1o1s1F5uKxv8E0S6v4w0F8Zl1o0c2m3b4n5v6c7x8z9a0s1d2f3g.";

}  // namespace

PasswordHashes parse_password_file(std::string_view text, std::string_view file, const std::function<void(std::string)>& warn) {
    PasswordHashes hashes;
    std::size_t number = 0;
    for (const std::string_view raw : base::split_fields(text, '\n')) {
        ++number;
        const std::string_view line = base::trim(raw);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto fields = base::split_fields(line, ':');
        std::string_view hash = fields.size() > 1 ? fields[1] : std::string_view{};
        if (hash.starts_with('{')) {
            hash.remove_prefix(std::min(hash.find('}'), hash.size() - 1) + 1);
        }
        std::string_view wrong;
        if (fields[0].empty() || !hash.starts_with('$')) {
            wrong = "expected \"user:hash\" with a hash of crypt(5) such as $y$... or $6$...";
        } else if (!hashes.emplace(fields[0], hash).second) {
            wrong = "duplicate user";
        }
        if (!wrong.empty() && warn) {
            warn(base::format("{}, line {}: {}", file, number, wrong));
        }
    }
    return hashes;
}

PasswordFile::PasswordFile(std::shared_ptr<const PasswordHashes> hashes, world::BlockingPool& pool, world::Executor& home)
    : hashes_(std::move(hashes)), decoy_(hashes_->empty() ? decoy_hash : hashes_->begin()->second), pool_(pool), home_(home) {}

world::Task<PasswordVerdict> PasswordFile::check(std::string user, std::string password, world::Deadline) {
    const auto entry = hashes_->find(user);
    const bool known = entry != hashes_->end();
    std::string hash = known ? entry->second : decoy_;
    auto work = [secret = std::move(password), expected = std::move(hash)] { return compare(secret, expected); };
    auto task = world::off_core(pool_, home_, std::move(work));
    PasswordVerdict verdict = co_await std::move(task);
    if (!known) {
        verdict = {PasswordVerdict::State::wrong, {}};
    }
    co_return verdict;
}

}  // namespace posthouse::sasl
