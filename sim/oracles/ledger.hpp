#pragma once
// Ledger: what the outside knows about every message. Clients write down what the server took, next hops what they got;
// problems() says whether the two agree: nothing that was accepted is lost, nothing is invented, duplicates have an excuse,
// and nobody is told what he did not ask for.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "world/deadline.hpp"

namespace posthouse::sim {

/// A message on its way into the server. The key travels in a header and names it everywhere; addresses start with it.
struct Submission {
    std::string key;
    std::string sender;  // empty: null reverse-path
    std::vector<std::string> recipients;
    std::string body;    // CRLF lines, not dot-stuffed
    // RFC 3461; not asked for unless set.
    std::map<std::string, std::string> notify;  // recipient → "NEVER", "SUCCESS,DELAY", …
    std::string ret;                            // "FULL", "HDRS"
    std::string envelope_id;
    /// What the server is configured to do with it.
    enum class Treatment : std::uint8_t { deliver, hold, discard } treatment = Treatment::deliver;
};

/// One message for one recipient: (key, recipient).
using Promise = std::pair<std::string, std::string>;

/// "c0b1m2" of "c0b1m2-r0@one.example"; empty: no address of ours.
[[nodiscard]] std::string key_of_address(std::string_view address);

class Ledger {
public:
    /// Before its first attempt; for all comparisons.
    void announce(const Submission& submission) { announced_[submission.key] = submission; }
    [[nodiscard]] const Submission* find(const std::string& key) const;
    /// The client saw the 250 after the final dot.
    void accepted(const std::string& key, const std::string& recipient, world::SteadyTime when);
    /// A local program left it in the maildrop folder. A crash after that may bring the file back.
    void accepted_locally(const std::string& key, const std::string& recipient, world::SteadyTime when) {
        accepted(key, recipient, when);
        fates_[{key, recipient}].local = true;
    }
    /// The client sent the final dot and never saw a reply.
    void acceptance_uncertain(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].acceptance_uncertain; }
    /// A next hop took it.
    void delivered(const std::string& key, const std::string& recipient, world::SteadyTime when);
    /// … but its 250 may not have been seen (in addition to delivered()).
    void delivery_uncertain(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].delivery_uncertain; }
    /// A failure notification for it reached the sender's side, or was refused there.
    void bounced(const std::string& key, const std::string& recipient, world::SteadyTime when);
    /// A notification of a delay or a success came.
    enum class Word : std::uint8_t { failed, delayed, done };
    void told(const std::string& key, const std::string& recipient, Word word);
    /// The server's log says that it gave up this recipient: enough where nobody wants to hear of it.
    void given_up(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].given_up; }
    /// The server's log says that a notification for this message never got through.
    void notification_expired(const std::string& key) { unheard_.insert(key); }
    void compare_body(const std::string& key, std::string_view body);
    /// The server lost its memory at `when`: what ended shortly before may not be in its spool yet, and end once more.
    void crashed(world::SteadyTime when) { crashes_.push_back(when); }
    /// From now on what was held may be delivered.
    void release_held() { held_released_ = true; }
    void complain(std::string problem) { complaints_.push_back(std::move(problem)); }

    /// Nothing accepted is still without a fate. For the end of a run.
    [[nodiscard]] bool settled() const;
    /// What is wrong, given what the spool still holds; empty: all is well.
    [[nodiscard]] std::vector<std::string> problems(const std::set<Promise>& still_queued) const;
    /// The longest time between a 250 to a client and the delivery, over the recipients of one domain; zero: there is none.
    [[nodiscard]] world::Duration longest_way(std::string_view domain) const;

    struct Totals {
        std::size_t promises = 0;
        std::size_t accepted = 0, delivered = 0, bounced = 0, silent = 0, crashes = 0;
    };
    [[nodiscard]] Totals totals() const;

private:
    struct Fate {
        unsigned accepted = 0;
        unsigned acceptance_uncertain = 0;
        unsigned delivered = 0;
        unsigned delivery_uncertain = 0;
        unsigned bounced = 0;
        unsigned given_up = 0;
        bool local = false;
        world::SteadyTime accepted_at{}, delivered_at{};  // the first
        struct End {
            world::SteadyTime earliest;  // a notification is made some time before it arrives
            world::SteadyTime latest;
        };
        std::vector<End> ends;
    };
    [[nodiscard]] unsigned excuses(const Fate& fate) const;
    /// It has an end: delivered, its sender told, or gone in silence as was asked for.
    [[nodiscard]] bool has_ended(const Promise& promise, const Fate& fate) const;
    [[nodiscard]] bool discarded(const Promise& promise) const;

    // An attempt reports all its recipients together: the first of them waits as long as a stalled next hop makes it.
    static constexpr std::chrono::minutes attempt_time_max{30};
    static constexpr std::chrono::hours notification_time_max{6};

    std::map<Promise, Fate> fates_;
    std::map<std::string, Submission> announced_;
    std::vector<std::string> complaints_;
    std::vector<world::SteadyTime> crashes_;
    std::set<std::string> unheard_;  // keys
    bool held_released_ = false;
};

}  // namespace posthouse::sim
