#pragma once
// Ledger: what the outside knows about every message. Clients write down what the server took, next hops what they got;
// problems() says whether the two agree: nothing that was accepted is lost, nothing is invented, duplicates have an excuse.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "world/deadline.hpp"

namespace posthouse::sim {

/// A message on its way into the server. The key travels in a header and names it everywhere.
struct Submission {
    std::string key;
    std::string sender;  // empty: null reverse-path
    std::vector<std::string> recipients;
    std::string body;    // CRLF lines, not dot-stuffed
};

/// One message for one recipient: (key, recipient).
using Promise = std::pair<std::string, std::string>;

class Ledger {
public:
    /// Before its first attempt; for the comparison of bodies.
    void announce(const Submission& submission) { bodies_[submission.key] = submission.body; }
    /// The client saw the 250 after the final dot.
    void accepted(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].accepted; }
    /// The client sent the final dot and never saw a reply.
    void acceptance_uncertain(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].acceptance_uncertain; }
    /// A next hop took it.
    void delivered(const std::string& key, const std::string& recipient, world::SteadyTime when) {
        Fate& fate = fates_[{key, recipient}];
        ++fate.delivered;
        fate.ends.push_back({when, when});
    }
    /// … but its 250 may not have been seen (in addition to delivered()).
    void delivery_uncertain(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].delivery_uncertain; }
    /// A failure notification for it reached the sender's side.
    void bounced(const std::string& key, const std::string& recipient, world::SteadyTime when) {
        Fate& fate = fates_[{key, recipient}];
        ++fate.bounced;
        fate.ends.push_back({when - notification_time_max, when});
    }
    void compare_body(const std::string& key, std::string_view body);
    /// The server lost its memory at `when`: what ended shortly before may not be in its spool yet, and end once more.
    void crashed(world::SteadyTime when) { crashes_.push_back(when); }
    void complain(std::string problem) { complaints_.push_back(std::move(problem)); }

    /// Nothing accepted is still without a fate. For the end of a run.
    [[nodiscard]] bool settled() const;
    /// What is wrong, given what the spool still holds; empty: all is well.
    [[nodiscard]] std::vector<std::string> problems(const std::set<Promise>& still_queued) const;

    struct Totals {
        std::size_t promises = 0;
        std::size_t accepted = 0, delivered = 0, bounced = 0, crashes = 0;
    };
    [[nodiscard]] Totals totals() const;

private:
    struct Fate {
        unsigned accepted = 0;
        unsigned acceptance_uncertain = 0;
        unsigned delivered = 0;
        unsigned delivery_uncertain = 0;
        unsigned bounced = 0;
        struct End {
            world::SteadyTime earliest;  // a notification is made some time before it arrives
            world::SteadyTime latest;
        };
        std::vector<End> ends;
    };
    [[nodiscard]] unsigned excuses(const Fate& fate) const;

    // An attempt reports all its recipients together: the first of them waits as long as a stalled next hop makes it.
    static constexpr std::chrono::minutes attempt_time_max{30};
    static constexpr std::chrono::hours notification_time_max{6};

    std::map<Promise, Fate> fates_;
    std::map<std::string, std::string> bodies_;
    std::vector<std::string> complaints_;
    std::vector<world::SteadyTime> crashes_;
};

}  // namespace posthouse::sim
