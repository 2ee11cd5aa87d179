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
    bool eight_bit = false;      // the body has 8-bit text: BODY=8BITMIME
    bool international = false;  // addresses beyond ASCII: SMTPUTF8
    /// What the server is configured to do with it.
    enum class Treatment : std::uint8_t { deliver, hold, discard } treatment = Treatment::deliver;
};

/// One message for one recipient: (key, recipient).
using Promise = std::pair<std::string, std::string>;

/// "c0b1m2" of "c0b1m2-r0@one.example"; empty: no address of ours.
[[nodiscard]] std::string key_of_address(std::string_view address);

/// What NOTIFY says about a kind of notification; nothing said: failures, and delays as the server likes.
[[nodiscard]] bool wants_notice(const std::string& notify, std::string_view kind);

class Ledger {
public:
    /// Who is to tell the sender of a success, RFC 3461 §5.2.2: the next hop, if it knows DSN; else the server.
    enum class Duty : std::uint8_t { passed_on, ours };

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
    void delivered(const std::string& key, const std::string& recipient, world::SteadyTime when, Duty duty = Duty::passed_on);
    /// … but its 250 may not have been seen (in addition to delivered()).
    void delivery_uncertain(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].delivery_uncertain; }
    /// A failure notification for it reached the sender's side, or was refused there.
    void bounced(const std::string& key, const std::string& recipient, world::SteadyTime when);
    /// A notification of a delay or a success came.
    enum class Word : std::uint8_t { failed, delayed, done };
    void told(const std::string& key, const std::string& recipient, Word word, world::SteadyTime when = {});
    /// One of any kind came, by its Message-Id: the same again was delivered twice, another was made twice.
    void noticed(const Promise& promise, Word word, const std::string& message_id) { fates_[promise].notices[word].insert(message_id); }
    /// … and its 250, or its refusal, may not have been seen: it may come again.
    void notice_uncertain(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].notices_uncertain; }
    /// An attempt was put off when the message was older than delay_warning_time: the sender is to hear of it, if he wants to.
    void delay_is_due(const std::string& key, const std::string& recipient) { fates_[{key, recipient}].delay_due = true; }
    /// The spool could not be written about now: what should have been told may not have been, and what was may be forgotten.
    void disk_failed(world::SteadyTime when) { disk_failures_.push_back(when); }
    /// The server's log says that it gave up this recipient: enough where nobody wants to hear of it.
    void given_up(const std::string& key, const std::string& recipient) { ++fates_[{key, recipient}].given_up; }
    /// The server's log says that a notification for this message never got through.
    void notification_expired(const std::string& key) { unheard_.insert(key); }
    /// An administrator removes messages with this key: they may end without a word.
    void may_be_removed(const std::string& key) {
        removed_.insert(key);
        unheard_.insert(key);
    }
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
    /// The longest time between a 250 to a client and the delivery, over messages with such keys to one domain; zero: none.
    [[nodiscard]] world::Duration longest_way(std::string_view key_prefix, std::string_view domain) const;

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
        unsigned delivered_ours = 0;  // of `delivered`, those with Duty::ours
        unsigned told_done = 0, told_delayed = 0, notices_uncertain = 0;
        std::map<Word, std::set<std::string>> notices;  // by Message-Id
        bool delay_due = false;
        bool local = false;
        world::SteadyTime accepted_at{}, delivered_at{};  // the first
        struct End {
            world::SteadyTime earliest;  // a notification is made some time before it arrives: days, if its next hop or we are away
            world::SteadyTime latest;
        };
        std::vector<End> ends;
        std::vector<End> warnings;
    };
    [[nodiscard]] static world::SteadyTime earliest_notification(const Fate& fate, world::SteadyTime arrived);
    [[nodiscard]] static unsigned near(const std::vector<world::SteadyTime>& moments, const std::vector<Fate::End>& ends);
    /// A notice and the mark of it are durable together: a crash excuses no second one, unless it brought the message itself back.
    void judge_repetitions(const Promise& promise, const Fate& fate, std::vector<std::string>& out) const;
    /// Successes and delays, RFC 3461 §4.1 and §5.2.2; in ledger_notices.cpp.
    void judge_notices(const Promise& promise, const Fate& fate, std::vector<std::string>& out) const;
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
    std::vector<world::SteadyTime> disk_failures_;
    std::set<std::string> unheard_;  // keys
    std::set<std::string> removed_;  // keys
    bool held_released_ = false;
};

}  // namespace posthouse::sim
