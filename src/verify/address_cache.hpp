#pragma once
// AddressCache: what probes found out. Pure: the caller says what time it is. Bounded: what was heard of longest ago goes first.
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "mail/verifier.hpp"
#include "verify/settings.hpp"
#include "world/deadline.hpp"

namespace posthouse::verify {

/// One address, as it is kept in memory and in the file. `answer` is never pending.
struct CacheEntry {
    std::string address;
    mail::Verification answer;
    world::WallTime updated;
    world::WallTime probed{};  // when the last probe began that did not change this entry; not kept in the file
};

/// A line with its end, and back. nullopt: damaged, or of another make.
[[nodiscard]] std::string encode(const CacheEntry& entry);
[[nodiscard]] std::optional<CacheEntry> decode(std::string_view line);

class AddressCache {
public:
    /// Ours: some 30 MB of the longest entries that are usual.
    static constexpr std::size_t entries_max = 100'000;

    explicit AddressCache(std::size_t entries_count_max = entries_max) : entries_max_(entries_count_max) {}

    struct Known {
        std::optional<mail::Verification> answer;  // nullopt: nothing that still counts
        bool probe_wanted = false;                 // nothing is known, or it is time to look again
    };
    [[nodiscard]] Known look_up(const std::string& address, world::WallTime now, const VerifySettings& settings) const;
    void probe_began(const std::string& address, world::WallTime now);
    /// What a probe found. Null: it was not kept, because a failure does not undo an address that was deliverable and still
    /// counts, or because failures are not kept at all (address_verify_negative_cache).
    const CacheEntry* update(const std::string& address, mail::Verification answer, world::WallTime now, const VerifySettings& settings);
    /// As read from the file; a later one for the same address counts.
    void restore(CacheEntry entry);
    /// Forgets what does not count any more; how many entries that were.
    std::size_t remove_expired(world::WallTime now, const VerifySettings& settings);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    /// In the order in which they were heard of.
    [[nodiscard]] std::vector<CacheEntry> entries() const { return {order_.begin(), order_.end()}; }

private:
    std::size_t entries_max_;
    std::list<CacheEntry> order_;  // oldest first
    std::unordered_map<std::string_view, std::list<CacheEntry>::iterator> entries_;  // keys are the entries' own
};

}  // namespace posthouse::verify
