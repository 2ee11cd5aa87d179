#include "deliver/smtp/ledger.hpp"

#include <algorithm>
#include <unordered_set>

namespace posthouse::deliver {

std::vector<std::size_t> Ledger::open() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!entries_[i].decided) {
            out.push_back(i);
        }
    }
    return out;
}

bool Ledger::all_decided() const {
    return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.decided.has_value(); });
}

bool Ledger::any_delivered() const {
    return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
        return entry.decided && entry.decided->kind == mail::Outcome::Kind::delivered;
    });
}

void Ledger::settle(std::size_t recipient, const mail::Outcome& outcome) {
    Entry& entry = entries_[recipient];
    if (entry.decided) {
        return;
    }
    if (outcome.kind == mail::Outcome::Kind::deferred) {
        entry.last = outcome;
        entry.told = false;
    } else {
        entry.decided = outcome;
    }
    entry.stamped = false;
}

void Ledger::settle_open(const mail::Outcome& outcome) {
    for (const std::size_t recipient : open()) {
        settle(recipient, outcome);
    }
}

void Ledger::decide(std::size_t recipient, const mail::Outcome& outcome) {
    Entry& entry = entries_[recipient];
    if (!entry.decided) {
        entry.decided = outcome;
        entry.stamped = false;
    }
}

std::vector<std::string> Ledger::take_reasons() {
    std::vector<std::string> out;
    std::unordered_set<std::string_view> known;
    for (Entry& entry : entries_) {
        if (!std::exchange(entry.told, true) && !entry.decided && known.insert(entry.last.text).second) {
            out.push_back(entry.last.text);
        }
    }
    return out;
}

void Ledger::stamp(Delay connection_delay, Delay transmission_delay, std::size_t connection_uses) {
    for (Entry& entry : entries_) {
        if (!std::exchange(entry.stamped, true)) {
            mail::Outcome& outcome = entry.decided ? *entry.decided : entry.last;
            outcome.connection_delay = connection_delay;
            outcome.transmission_delay = transmission_delay;
            outcome.connection_uses = connection_uses;
        }
    }
}

std::vector<mail::Outcome> Ledger::outcomes() const {
    std::vector<mail::Outcome> out;
    out.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        out.push_back(entry.decided ? *entry.decided : entry.last);
    }
    return out;
}

}  // namespace posthouse::deliver
