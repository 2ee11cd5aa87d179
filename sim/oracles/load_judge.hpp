#pragma once
// LoadJudge: whether the server keeps to its limits, as all next hops together see it: transactions at a time for a
// destination and in all, and the pause between two deliveries to a destination.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sim/scheduler.hpp"

namespace posthouse::sim {

struct LoadLimits {
    std::size_t destination_concurrency = 20;
    std::size_t process_limit = 100;
    Duration rate_delay{0};
    bool one_relayhost = false;  // all mail has the same destination
};

class LoadJudge {
public:
    using Complain = std::function<void(std::string)>;
    LoadJudge(Scheduler& scheduler, LoadLimits limits, Complain complain)
        : scheduler_(scheduler), limits_(limits), complain_(std::move(complain)) {}

    /// Counts until it is destroyed.
    class Transaction {
    public:
        Transaction(LoadJudge& judge, std::uint64_t number) : judge_(judge), number_(number) {}
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;
        ~Transaction() { judge_.end(number_, completed_); }
        /// The server was told how it ended, and is there to hear it.
        void complete() { completed_ = true; }

    private:
        LoadJudge& judge_;
        std::uint64_t number_;
        bool completed_ = false;
    };
    /// A next hop has accepted the first recipient of a transaction. `alive` says whether the server still holds its end.
    [[nodiscard]] std::unique_ptr<Transaction> begin(const std::string& recipient, std::function<bool()> alive);
    /// The server started anew.
    void forget() {
        open_.clear();
        last_.clear();
    }
    [[nodiscard]] std::size_t most() const { return most_; }

private:
    struct Open {
        std::string destination;
        std::string recipient;
        std::function<bool()> alive;
    };
    struct Last {
        SteadyTime ended;
        std::string recipient;
    };
    void end(std::uint64_t transaction, bool completed);
    void complain(std::string problem);
    [[nodiscard]] std::string destination_of(const std::string& recipient) const;

    Scheduler& scheduler_;
    LoadLimits limits_;
    Complain complain_;
    std::map<std::uint64_t, Open> open_;
    std::map<std::string, Last> last_;
    std::uint64_t count_ = 0;
    std::size_t most_ = 0;  // at a time
};

}  // namespace posthouse::sim
