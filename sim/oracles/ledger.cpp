#include "sim/oracles/ledger.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace posthouse::sim {

void Ledger::compare_body(const std::string& key, std::string_view body) {
    const auto sent = bodies_.find(key);
    if (sent == bodies_.end()) {
        complaints_.push_back("a next hop got a message that nobody sent: " + key);
    } else if (sent->second != body) {
        complaints_.push_back(base::format("{}: body changed on its way ({} bytes sent, {} arrived)", key, sent->second.size(), body.size()));
    }
}

unsigned Ledger::excuses(const Fate& fate) const {
    return static_cast<unsigned>(std::count_if(crashes_.begin(), crashes_.end(), [&fate](world::SteadyTime crash) {
        return std::any_of(fate.ends.begin(), fate.ends.end(),
                           [crash](const Fate::End& end) { return crash >= end.earliest && crash <= end.latest + attempt_time_max; });
    }));
}

bool Ledger::settled() const {
    return std::all_of(fates_.begin(), fates_.end(), [](const auto& entry) {
        const Fate& fate = entry.second;
        return fate.accepted == 0 || fate.delivered + fate.bounced > 0;
    });
}

std::vector<std::string> Ledger::problems(const std::set<Promise>& still_queued) const {
    std::vector<std::string> out = complaints_;
    for (const auto& [promise, fate] : fates_) {
        const std::string name = promise.first + " to " + promise.second;
        const unsigned given = fate.accepted + fate.acceptance_uncertain;
        if (fate.accepted > 0 && fate.delivered + fate.bounced == 0 && !still_queued.contains(promise)) {
            out.push_back(name + ": accepted and lost");
        }
        if (given == 0) {
            out.push_back(name + ": delivered or bounced, but never handed in");
        }
        // Each copy handed in ends once; a reply that got lost or a crash excuses one more each.
        const unsigned ends = fate.delivered + (fate.bounced > 0 ? 1 : 0);
        if (given > 0 && ends > given + fate.delivery_uncertain + excuses(fate)) {
            out.push_back(base::format("{}: handed in {} times, ended {} times", name, given, ends));
        }
    }
    return out;
}

Ledger::Totals Ledger::totals() const {
    Totals sum;
    sum.crashes = crashes_.size();
    for (const auto& [promise, fate] : fates_) {
        ++sum.promises;
        sum.accepted += fate.accepted > 0 ? 1 : 0;
        sum.delivered += fate.delivered > 0 ? 1 : 0;
        sum.bounced += fate.bounced > 0 ? 1 : 0;
    }
    return sum;
}

}  // namespace posthouse::sim
