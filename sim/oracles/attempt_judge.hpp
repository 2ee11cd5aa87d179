#pragma once
// AttemptJudge: whether messages are tried when they may be: not before their time, not beyond their lifetime, and not given
// up early; and whether senders are warned of delays when they are to be. Reads the server's log; due times are worked out here, from postconf(5), not by the server's code.
#include <functional>
#include <map>
#include <set>
#include <string>

#include "observe/event.hpp"
#include "sim/oracles/ledger.hpp"
#include "sim/scheduler.hpp"

namespace posthouse::sim {

struct QueueTimes {
    std::chrono::seconds minimal_backoff_time{300};
    std::chrono::seconds maximal_backoff_time{4000};
    std::chrono::seconds maximal_queue_lifetime{std::chrono::days{5}};
    std::chrono::seconds bounce_queue_lifetime{std::chrono::days{5}};
    std::chrono::seconds delay_warning_time{0};  // 0: nobody is warned
};

class AttemptJudge {
public:
    AttemptJudge(Scheduler& scheduler, Ledger& ledger, QueueTimes times) : scheduler_(scheduler), ledger_(ledger), times_(times) {}

    void on(const observe::Event& event);
    /// Everything may be tried now: postqueue -f.
    void flushed();
    /// Attempts that are under way may be written down with the new wall time.
    void clock_jumped();
    /// What ended shortly before may not be in the spool.
    void crashed();
    /// A notification or an update may fail: nothing is said about what was deferred so far.
    void disk_fails();
    /// An administrator has told this message something.
    void meddled(const std::string& queue_id);
    /// … and heard that it is done: until he says something else it is not tried, and of removed mail nobody is told.
    enum class Withdrawn : std::uint8_t { held, removed };
    void withdrawn(const std::string& queue_id, Withdrawn how);

private:
    struct Message {
        std::string sender;
        WallTime first_seen;
        WallTime not_before;      // of the next attempt
        SteadyTime said;          // when that was worked out
        bool deferred = false;    // in the last attempt
        bool overdue = false;     // … at an age at which it must be returned
        double age = 0;           // seconds, as of the last outcome
        std::map<std::string, bool> deferred_recipients;
        std::set<std::string> late_recipients;  // put off in the last attempt, at an age at which the sender is warned
    };
    void complain(std::string problem);
    void active(const observe::MessageActive& event);
    void attempted(const observe::DeliveryAttempted& event);
    void expired(const observe::MessageExpired& event);
    void notified(const observe::NotificationSent& event);
    /// The last attempt is over, and did not end the message: its sender is warned.
    void settle_warnings(Message& message);
    [[nodiscard]] std::chrono::seconds lifetime(const Message& message) const;

    Scheduler& scheduler_;
    Ledger& ledger_;
    QueueTimes times_;
    std::set<std::string, std::less<>> meddled_;            // may expire at any time
    std::map<std::string, Withdrawn, std::less<>> withdrawn_;
    std::map<std::string, Message, std::less<>> messages_;  // by queue ID
};

}  // namespace posthouse::sim
