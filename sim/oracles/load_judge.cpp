#include "sim/oracles/load_judge.hpp"

#include "base/format.hpp"
#include "sim/oracles/ledger.hpp"

namespace posthouse::sim {

std::string LoadJudge::destination_of(const std::string& recipient) const {
    return limits_.one_relayhost ? "the relayhost" : recipient.substr(recipient.find('@') + 1);
}

void LoadJudge::complain(std::string problem) {
    scheduler_.note(problem);
    complain_(std::move(problem));
}

std::unique_ptr<LoadJudge::Transaction> LoadJudge::begin(const std::string& recipient, std::function<bool()> alive) {
    const std::string destination = destination_of(recipient);
    if (!alive()) {
        // Bytes that were long under way: the server has given this one up.
        open_.emplace(++count_, Open{destination, recipient, std::move(alive)});
        return std::make_unique<Transaction>(*this, count_);
    }
    std::size_t at_destination = 1;
    std::size_t in_all = 1;
    for (const auto& [number, other] : open_) {
        if (other.alive()) {
            ++in_all;
            at_destination += other.destination == destination ? 1 : 0;
        }
    }
    most_ = std::max(most_, in_all);
    if (limits_.destination_concurrency > 0 && at_destination > limits_.destination_concurrency) {
        complain(base::format("{} deliveries at a time to {}, allowed are {}", at_destination, destination, limits_.destination_concurrency));
    }
    if (limits_.process_limit > 0 && in_all > limits_.process_limit) {
        complain(base::format("{} deliveries at a time, allowed are {}", in_all, limits_.process_limit));
    }
    // The same message again may be the same delivery, at the next host with the recipients that are left.
    const auto last = last_.find(destination);
    if (last != last_.end() && key_of_address(last->second.recipient) != key_of_address(recipient) && scheduler_.now() - last->second.ended < limits_.rate_delay) {
        complain(base::format("a delivery to {} came {} ms after the last, the pause is {} s", destination,
                               std::chrono::duration_cast<std::chrono::milliseconds>(scheduler_.now() - last->second.ended).count(),
                               std::chrono::duration_cast<std::chrono::seconds>(limits_.rate_delay).count()));
    }
    open_.emplace(++count_, Open{destination, recipient, std::move(alive)});
    return std::make_unique<Transaction>(*this, count_);
}

void LoadJudge::end(std::uint64_t transaction, bool completed) {
    const auto found = open_.find(transaction);
    if (found == open_.end()) {
        return;
    }
    if (completed && found->second.alive()) {
        last_[found->second.destination] = {scheduler_.now(), found->second.recipient};
    } else {
        last_.erase(found->second.destination);  // the server may have noticed the end long before
    }
    open_.erase(found);
}

}  // namespace posthouse::sim
