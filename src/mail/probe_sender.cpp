#include "mail/probe_sender.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace posthouse::mail {

namespace {

// No vowels, so that no words come up.
constexpr std::string_view digits = "0123456789BCDFGHJKLMNPQRSTVWXYZ";

std::string encode(std::uint64_t number) {
    std::string out;
    do {
        out.insert(out.begin(), digits[number % digits.size()]);
        number /= digits.size();
    } while (number > 0);
    return out;
}

std::optional<std::uint64_t> decode(std::string_view text) {
    constexpr std::size_t length_max = 12;  // of any number that fits
    if (text.empty() || text.size() > length_max) {
        return std::nullopt;
    }
    std::uint64_t out = 0;
    for (const char c : base::upper(text)) {
        const std::size_t digit = digits.find(c);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        out = out * digits.size() + digit;
    }
    return out;
}

std::uint64_t slot(world::WallTime now, std::chrono::seconds ttl) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, seconds)) / static_cast<std::uint64_t>(ttl.count());
}

}  // namespace

std::string probe_sender_address(std::string_view value) {
    const std::string_view text = base::trim(value);
    return text == "<>" ? std::string() : std::string(text);
}

std::string ProbeSender::at(world::WallTime now) const {
    if (address.empty() || ttl.count() <= 0) {
        return address;
    }
    const std::size_t local_end = std::min(address.rfind('@'), address.size());
    return address.substr(0, local_end) + encode(slot(now, ttl)) + address.substr(local_end);
}

bool ProbeSender::matches(std::string_view candidate, world::WallTime now) const {
    if (address.empty()) {
        return candidate.empty();
    }
    const std::size_t local_end = std::min(address.rfind('@'), address.size());
    const std::string_view local = std::string_view(address).substr(0, local_end);
    if (candidate.size() < address.size() || !base::iequals(candidate.substr(0, local_end), local)) {
        return false;
    }
    const std::size_t domain_size = address.size() - local_end;
    if (!base::iequals(candidate.substr(candidate.size() - domain_size), std::string_view(address).substr(local_end))) {
        return false;
    }
    const std::string_view variable = candidate.substr(local_end, candidate.size() - domain_size - local_end);
    if (ttl.count() <= 0) {
        return variable.empty();
    }
    const auto theirs = decode(variable);
    const std::uint64_t ours = slot(now, ttl);
    return theirs && *theirs + 1 >= ours && *theirs <= ours + 1;
}

}  // namespace posthouse::mail
