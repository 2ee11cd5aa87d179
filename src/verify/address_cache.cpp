#include "verify/address_cache.hpp"

#include "mail/record.hpp"

namespace posthouse::verify {

namespace {

using State = mail::Verification::State;

// A probe that was lost on its way is not waited for longer, as in Postfix.
constexpr std::chrono::seconds probe_time_max{1000};
constexpr std::size_t text_length_max = 1000;

std::string_view state_word(State state) {
    switch (state) {
        case State::deliverable: return "deliverable";
        case State::undeliverable: return "undeliverable";
        case State::deferred: return "deferred";
        case State::pending: break;
    }
    return "pending";
}

bool is_expired(const CacheEntry& entry, world::WallTime now, const VerifySettings& settings) {
    const bool positive = entry.answer.state == State::deliverable;
    return entry.updated + (positive ? settings.address_verify_positive_expire_time : settings.address_verify_negative_expire_time) < now;
}

bool is_stale(const CacheEntry& entry, world::WallTime now, const VerifySettings& settings) {
    const bool positive = entry.answer.state == State::deliverable;
    return entry.updated + (positive ? settings.address_verify_positive_refresh_time : settings.address_verify_negative_refresh_time) < now;
}

}  // namespace

std::string encode(const CacheEntry& entry) {
    const auto updated = std::chrono::duration_cast<std::chrono::seconds>(entry.updated.time_since_epoch()).count();
    mail::Record line("address");
    line.add("name", entry.address).add("state", std::string(state_word(entry.answer.state))).add("updated", static_cast<std::uint64_t>(std::max<std::int64_t>(0, updated)));
    line.add("text", entry.answer.text);
    return mail::encode(line);
}

std::optional<CacheEntry> decode(std::string_view line) {
    const auto record = mail::decode_record(line);
    if (!record || record->word != "address" || record->get("name").empty() || record->fields.size() < 4) {
        return std::nullopt;
    }
    const auto updated = record->number("updated");
    constexpr std::uint64_t updated_max = 1ULL << 33;  // a nanosecond clock still counts so far
    if (!updated || *updated > updated_max) {
        return std::nullopt;
    }
    CacheEntry out;
    out.address = record->get("name");
    out.updated = world::WallTime(std::chrono::seconds(*updated));
    out.answer.text = record->get("text").substr(0, text_length_max);
    for (const State state : {State::deliverable, State::undeliverable, State::deferred}) {
        if (record->get("state") == state_word(state)) {
            out.answer.state = state;
            return out;
        }
    }
    return std::nullopt;
}

AddressCache::Known AddressCache::look_up(const std::string& address, world::WallTime now, const VerifySettings& settings) const {
    const auto found = entries_.find(address);
    if (found == entries_.end() || is_expired(*found->second, now, settings)) {
        return {std::nullopt, true};
    }
    const CacheEntry& entry = *found->second;
    return {entry.answer, is_stale(entry, now, settings) && entry.probed + probe_time_max < now};
}

void AddressCache::probe_began(const std::string& address, world::WallTime now) {
    if (const auto found = entries_.find(address); found != entries_.end()) {
        found->second->probed = now;
    }
}

const CacheEntry* AddressCache::update(const std::string& address, mail::Verification answer, world::WallTime now, const VerifySettings& settings) {
    if (answer.state != State::deliverable) {
        const auto found = entries_.find(address);
        const bool was_good = found != entries_.end() && found->second->answer.state == State::deliverable && !is_expired(*found->second, now, settings);
        if (was_good || !settings.address_verify_negative_cache) {
            return nullptr;
        }
    }
    answer.text.resize(std::min(answer.text.size(), text_length_max));
    restore({address, std::move(answer), now});
    return &order_.back();
}

void AddressCache::restore(CacheEntry entry) {
    if (const auto found = entries_.find(entry.address); found != entries_.end()) {
        const auto at = found->second;
        entries_.erase(found);
        order_.erase(at);
    }
    order_.push_back(std::move(entry));
    entries_.emplace(order_.back().address, std::prev(order_.end()));
    if (entries_.size() > entries_max_) {
        entries_.erase(order_.front().address);
        order_.pop_front();
    }
}

std::size_t AddressCache::remove_expired(world::WallTime now, const VerifySettings& settings) {
    const std::size_t before = entries_.size();
    for (auto at = order_.begin(); at != order_.end();) {
        const auto next = std::next(at);
        if (is_expired(*at, now, settings)) {
            entries_.erase(at->address);
            order_.erase(at);
        }
        at = next;
    }
    return before - entries_.size();
}

}  // namespace posthouse::verify
