// Ledger: notifications of successes and delays. That those of failures come is seen where a promise has no end without one.
#include "base/format.hpp"
#include "sim/oracles/ledger.hpp"

namespace posthouse::sim {

namespace {

std::string_view name_of(Ledger::Word word) {
    static constexpr std::string_view words[] = {"FAILURE", "DELAY", "SUCCESS"};
    return words[static_cast<std::size_t>(word)];
}

std::string wish(const Submission& sent, const std::string& recipient) {
    const auto notify = sent.notify.find(recipient);
    return notify == sent.notify.end() ? "" : notify->second;
}

}  // namespace

bool wants_notice(const std::string& notify, std::string_view kind) {
    if (notify.empty()) {
        return kind != "SUCCESS";
    }
    return notify.find(kind) != std::string::npos;
}

void Ledger::told(const std::string& key, const std::string& recipient, Word word, world::SteadyTime when) {
    const std::string_view kind = name_of(word);
    const Submission* sent = find(key);
    if (sent == nullptr) {
        complain("a notification about a message that nobody sent: " + key);
        return;
    }
    Fate& fate = fates_[{key, recipient}];
    if (word == Word::done) {
        ++fate.told_done;
        fate.warnings.push_back({earliest_notification(fate, when), when});  // of what is discarded nobody sees another end
    } else if (word == Word::delayed) {
        ++fate.told_delayed;
        fate.warnings.push_back({earliest_notification(fate, when), when});
    }
    const std::string asked = wish(*sent, recipient);
    if (!wants_notice(asked, kind)) {
        complain(base::format("{} to {}: a notification of {} came, asked for was NOTIFY={}", key, recipient, kind, asked));
    }
    if (word == Word::done && fate.delivered == 0 && !discarded({key, recipient})) {
        complain(base::format("{} to {}: reported as delivered, and was not", key, recipient));
    }
}

void Ledger::judge_repetitions(const Promise& promise, const Fate& fate, std::vector<std::string>& out) const {
    // A change that was reported as failed may turn out to be done.
    const auto copies = static_cast<std::size_t>(fate.accepted + fate.acceptance_uncertain) + (fate.local ? excuses(fate) : 0) +
                        near(disk_failures_, fate.ends) + near(disk_failures_, fate.warnings);
    for (const auto& [word, made] : fate.notices) {
        if (made.size() > std::max<std::size_t>(copies, 1)) {
            out.push_back(base::format("{} to {}: handed in {} times, and {} different {} notices came", promise.first, promise.second, copies, made.size(), name_of(word)));
        }
    }
}

void Ledger::judge_notices(const Promise& promise, const Fate& fate, std::vector<std::string>& out) const {
    const Submission* sent = find(promise.first);
    if (sent == nullptr || sent->sender.empty()) {
        return;
    }
    const std::string name = promise.first + " to " + promise.second;
    const std::string asked = wish(*sent, promise.second);
    const unsigned lapses = excuses(fate) + near(disk_failures_, fate.ends);
    const bool unheard = unheard_.contains(promise.first);
    const bool certain = fate.accepted > 0 && fate.delivery_uncertain == 0 && lapses == 0 && !unheard;
    if (certain && fate.delivered_ours > 0 && wants_notice(asked, "SUCCESS") && fate.told_done == 0) {
        out.push_back(name + ": no SUCCESS notification came, and the next hop makes none");
    }
    if (fate.told_done > 0 && fate.delivered > 0 && fate.delivered_ours == 0 && !discarded(promise)) {
        out.push_back(name + ": a SUCCESS notification came, which is up to the next hop");
    }
    const unsigned copies = std::max(fate.accepted + fate.acceptance_uncertain, 1U);
    if (fate.told_done > std::max(fate.delivered, copies) + fate.notices_uncertain + lapses + near(crashes_, fate.warnings)) {
        out.push_back(base::format("{}: delivered {} times, and {} SUCCESS notifications came", name, fate.delivered, fate.told_done));
    }
    const unsigned troubles = near(crashes_, fate.warnings) + near(disk_failures_, fate.warnings);
    if (fate.delay_due && wants_notice(asked, "DELAY") && fate.told_delayed == 0 && !unheard && disk_failures_.empty()) {
        out.push_back(name + ": late, and no DELAY notification came");
    }
    if (fate.told_delayed > copies + fate.notices_uncertain + troubles + (fate.local ? excuses(fate) : 0)) {
        out.push_back(base::format("{}: {} DELAY notifications came", name, fate.told_delayed));
    }
}

}  // namespace posthouse::sim
