#include "sim/oracles/ledger.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::sim {

std::string key_of_address(std::string_view address) {
    const std::size_t dash = address.find('-');
    return dash == std::string_view::npos ? std::string() : std::string(address.substr(0, dash));
}

const Submission* Ledger::find(const std::string& key) const {
    const auto found = announced_.find(key);
    return found == announced_.end() ? nullptr : &found->second;
}

void Ledger::accepted(const std::string& key, const std::string& recipient, world::SteadyTime when) {
    Fate& fate = fates_[{key, recipient}];
    if (++fate.accepted == 1) {
        fate.accepted_at = when;
    }
}

void Ledger::delivered(const std::string& key, const std::string& recipient, world::SteadyTime when, Duty duty) {
    Fate& fate = fates_[{key, recipient}];
    fate.delivered_ours += duty == Duty::ours ? 1 : 0;
    if (++fate.delivered == 1) {
        fate.delivered_at = when;
    }
    fate.ends.push_back({when, when});
    const Submission* sent = find(key);
    if (sent != nullptr && sent->treatment == Submission::Treatment::discard) {
        complain(base::format("{} to {}: delivered although it is to be discarded", key, recipient));
    }
    if (sent != nullptr && sent->treatment == Submission::Treatment::hold && !held_released_) {
        complain(base::format("{} to {}: delivered although it is on hold", key, recipient));
    }
}

void Ledger::bounced(const std::string& key, const std::string& recipient, world::SteadyTime when) {
    Fate& fate = fates_[{key, recipient}];
    ++fate.bounced;
    fate.ends.push_back({earliest_notification(fate, when), when});
}

void Ledger::compare_body(const std::string& key, std::string_view body) {
    const Submission* sent = find(key);
    if (sent == nullptr) {
        complaints_.push_back("a next hop got a message that nobody sent: " + key);
    } else if (sent->body != body) {
        complaints_.push_back(base::format("{}: body changed on its way ({} bytes sent, {} arrived)", key, sent->body.size(), body.size()));
    }
}

world::SteadyTime Ledger::earliest_notification(const Fate& fate, world::SteadyTime arrived) {
    // Who never saw a reply to the final dot may have handed it in earlier than the first that is known to have been taken.
    return fate.accepted > 0 && fate.acceptance_uncertain == 0 ? fate.accepted_at : arrived - notification_time_max;
}

unsigned Ledger::near(const std::vector<world::SteadyTime>& moments, const std::vector<Fate::End>& ends) {
    return static_cast<unsigned>(std::ranges::count_if(moments, [&ends](world::SteadyTime moment) {
        return std::ranges::any_of(ends, [moment](const Fate::End& end) { return moment >= end.earliest && moment <= end.latest + attempt_time_max; });
    }));
}

unsigned Ledger::excuses(const Fate& fate) const {
    if (!fate.local) {
        return near(crashes_, fate.ends);
    }
    return static_cast<unsigned>(std::ranges::count_if(crashes_, [&fate](world::SteadyTime crash) {
        return crash >= fate.accepted_at || near({crash}, fate.ends) > 0;
    }));
}

bool Ledger::discarded(const Promise& promise) const {
    const Submission* sent = find(promise.first);
    return promise.second.ends_with("@discard.example") || removed_.contains(promise.first) || (sent != nullptr && sent->treatment == Submission::Treatment::discard);
}

bool Ledger::has_ended(const Promise& promise, const Fate& fate) const {
    if (fate.delivered + fate.bounced > 0 || discarded(promise)) {
        return true;
    }
    const Submission* sent = find(promise.first);
    const auto notify = sent == nullptr ? std::map<std::string, std::string>::const_iterator() : sent->notify.find(promise.second);
    const bool silent = sent != nullptr && (sent->sender.empty() || (notify != sent->notify.end() && !wants_notice(notify->second, "FAILURE")));
    return (silent || unheard_.contains(promise.first)) && fate.given_up > 0;
}

bool Ledger::settled() const {
    return std::all_of(fates_.begin(), fates_.end(),
                       [this](const auto& entry) { return entry.second.accepted == 0 || has_ended(entry.first, entry.second); });
}

std::vector<std::string> Ledger::problems(const std::set<Promise>& still_queued) const {
    std::vector<std::string> out = complaints_;
    for (const auto& [promise, fate] : fates_) {
        const std::string name = promise.first + " to " + promise.second;
        const unsigned given = fate.accepted + fate.acceptance_uncertain;
        if (fate.accepted > 0 && !has_ended(promise, fate) && !still_queued.contains(promise)) {
            out.push_back(name + ": accepted and lost");
        }
        if (given == 0 && fate.delivered + fate.bounced > 0) {
            out.push_back(name + ": delivered or bounced, but never handed in");
        }
        judge_notices(promise, fate, out);
        judge_repetitions(promise, fate, out);
        // Each copy handed in ends once; a reply that got lost or a crash, which hides that the next hop has it, excuses one more each.
        const unsigned ends = fate.delivered + fate.bounced;
        if (given > 0 && ends > given + fate.delivery_uncertain + excuses(fate)) {
            out.push_back(base::format("{}: handed in {} times, ended {} times", name, given, ends));
        }
    }
    return out;
}

world::Duration Ledger::longest_way(std::string_view key_prefix, std::string_view domain) const {
    world::Duration longest{0};
    for (const auto& [promise, fate] : fates_) {
        if (fate.accepted > 0 && fate.delivered > 0 && promise.first.starts_with(key_prefix) && promise.second.ends_with(domain)) {
            longest = std::max(longest, fate.delivered_at - fate.accepted_at);
        }
    }
    return longest;
}

Ledger::Totals Ledger::totals() const {
    Totals sum;
    sum.crashes = crashes_.size();
    for (const auto& [promise, fate] : fates_) {
        ++sum.promises;
        sum.accepted += fate.accepted > 0 ? 1 : 0;
        sum.delivered += fate.delivered > 0 ? 1 : 0;
        sum.bounced += fate.bounced > 0 ? 1 : 0;
        sum.silent += fate.delivered + fate.bounced == 0 && has_ended(promise, fate) ? 1 : 0;
    }
    return sum;
}

}  // namespace posthouse::sim
