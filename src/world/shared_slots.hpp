#pragma once
// SharedSlots: something of which there are only so many for the whole process, and whose users live on several cores. Counts
// what is taken, and remembers which cores wait, so that whoever gives a slot back knows whose turn it is. Any core.
#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

namespace posthouse::world {

class SharedSlots {
public:
    explicit SharedSlots(std::size_t cores) : waits_(cores) {}

    /// Takes a slot if fewer than `limit` are taken; 0: no limit.
    [[nodiscard]] bool take(std::size_t limit) {
        std::size_t taken = taken_.load();
        do {
            if (limit > 0 && taken >= limit) {
                return false;
            }
        } while (!taken_.compare_exchange_weak(taken, taken + 1));
        return true;
    }
    void give_back() { --taken_; }
    /// A slot comes back although its user goes on; false if `limit` are lent already.
    [[nodiscard]] bool lend(std::size_t limit) {
        std::size_t lent = lent_.load();
        do {
            if (lent >= limit) {
                return false;
            }
        } while (!lent_.compare_exchange_weak(lent, lent + 1));
        --taken_;
        return true;
    }
    void end_loan() { --lent_; }
    [[nodiscard]] std::size_t taken() const { return taken_.load(); }

    // A core that found no slot says that it waits, and then asks next_waiting() once more: a slot may have come back in
    // between, by somebody who saw nobody waiting.
    void set_waiting(std::size_t core, bool waits) {
        if (waits_[core].exchange(waits) != waits) {
            waiting_count_ += waits ? 1 : static_cast<std::size_t>(-1);
        }
    }
    [[nodiscard]] bool anybody_waits() const { return waiting_count_.load() > 0; }
    /// Cores that wait, in turn.
    [[nodiscard]] std::optional<std::size_t> next_waiting() {
        if (!anybody_waits()) {
            return std::nullopt;
        }
        const std::size_t after = turn_.load();
        for (std::size_t i = 1; i <= waits_.size(); ++i) {
            const std::size_t core = (after + i) % waits_.size();
            if (waits_[core].load()) {
                turn_.store(core);
                return core;
            }
        }
        return std::nullopt;
    }

private:
    std::atomic<std::size_t> taken_ = 0;
    std::atomic<std::size_t> lent_ = 0;
    std::atomic<std::size_t> waiting_count_ = 0;
    std::atomic<std::size_t> turn_ = 0;
    std::vector<std::atomic<bool>> waits_;
};

}  // namespace posthouse::world
