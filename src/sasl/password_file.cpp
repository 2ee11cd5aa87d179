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

PasswordVerdict compare(const std::string& password, const PasswordHash& entry) {
    if (const auto* keys = std::get_if<ScramKeys>(&entry)) {
        return {is_password_of(*keys, password) ? PasswordVerdict::State::right : PasswordVerdict::State::wrong, {}};
    }
    const std::string& hash = std::get<std::string>(entry);
    const auto data = std::make_unique<crypt_data>();
    const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
    if (made == nullptr || *made == '*') {
        return {PasswordVerdict::State::unknown, "password hash is of a kind that crypt(3) does not know"};
    }
    return {equal_in_constant_time(made, hash) ? PasswordVerdict::State::right : PasswordVerdict::State::wrong, {}};
}

constexpr std::string_view decoy_hash = "$6$nobody$JzVm0Xb1D1dPqQm0rS2nq1bYwQ5c0oEoQ1o1s1F5uKxv8E0S6v4w0F8Zl1o0c2m3b4n5v6c7x8z9a0s1d2f3g.";

std::optional<PasswordHash> parse_hash(std::string_view text) {
    const std::size_t end = text.starts_with('{') ? text.find('}') : std::string_view::npos;
    if (end != std::string_view::npos) {
        const std::string_view scheme = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (base::iequals(scheme, scram)) {
            const auto keys = parse_scram_keys(text);
            return keys ? std::optional<PasswordHash>(*keys) : std::nullopt;
        }
    }
    return text.starts_with('$') ? std::optional<PasswordHash>(std::string(text)) : std::nullopt;
}

// The first by name, so that it stays the same when the file is read again.
PasswordHash decoy_of(const PasswordHashes& hashes) {
    const auto first = std::min_element(hashes.begin(), hashes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return first == hashes.end() ? PasswordHash(std::string(decoy_hash)) : first->second;
}

const ScramKeys* scram_of(const PasswordHash& hash) { return std::get_if<ScramKeys>(&hash); }

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
        const std::string_view hash = fields.size() > 1 ? fields[1] : std::string_view{};
        const std::optional<PasswordHash> entry = fields[0].empty() ? std::nullopt : parse_hash(hash);
        std::string_view wrong;
        if (!entry) {
            wrong = "expected \"user:hash\" with a hash of crypt(5) such as $y$... or $6$..., or {SCRAM-SHA-256} and its keys";
        } else if (!hashes.emplace(fields[0], *entry).second) {
            wrong = "duplicate user";
        }
        if (!wrong.empty() && warn) {
            warn(base::format("{}, line {}: {}", file, number, wrong));
        }
    }
    return hashes;
}

std::string missing_scram_keys(const PasswordHashes& hashes) {
    const auto with = std::find_if(hashes.begin(), hashes.end(), [](const auto& entry) { return scram_of(entry.second) != nullptr; });
    const auto without = std::find_if(hashes.begin(), hashes.end(), [](const auto& entry) { return scram_of(entry.second) == nullptr; });
    return with == hashes.end() || without == hashes.end()
               ? std::string()
               : base::format("{} is not offered: clients would choose it, and {} has no keys for it", scram, without->first);
}

PasswordFile::PasswordFile(std::shared_ptr<const PasswordHashes> hashes, world::BlockingPool& pool, world::Executor& home)
    : hashes_(std::move(hashes)),
      decoy_(decoy_of(*hashes_)),
      all_scram_(!hashes_->empty() && std::all_of(hashes_->begin(), hashes_->end(), [](const auto& entry) { return scram_of(entry.second) != nullptr; })),
      pool_(pool),
      home_(home) {
    if (const ScramKeys* some = scram_of(decoy_)) {
        secret_ = some->server_key;
    }
}

ScramKeys PasswordFile::scram_keys(const std::string& user) const {
    const auto entry = hashes_->find(user);
    const ScramKeys* keys = entry != hashes_->end() ? scram_of(entry->second) : nullptr;
    return keys != nullptr ? *keys : decoy_keys(user, secret_, std::get<ScramKeys>(decoy_));
}

world::Task<PasswordVerdict> PasswordFile::check(std::string user, std::string password, world::Deadline) {
    const auto entry = hashes_->find(user);
    const bool known = entry != hashes_->end();
    PasswordHash hash = known ? entry->second : decoy_;
    auto work = [secret = std::move(password), expected = std::move(hash)] { return compare(secret, expected); };
    auto task = world::off_core(pool_, home_, std::move(work));
    PasswordVerdict verdict = co_await std::move(task);
    if (!known) {
        verdict = {PasswordVerdict::State::wrong, {}};
    }
    co_return verdict;
}

}  // namespace posthouse::sasl
