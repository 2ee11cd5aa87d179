#pragma once
// Pickup: mail that local programs left in $queue_directory/maildrop while the server was down. pickup(8).
#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "config/view.hpp"
#include "mail/intake.hpp"
#include "mail/maildrop_format.hpp"
#include "message/date.hpp"
#include "observe/event.hpp"
#include "world/files.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {

struct PickupSettings {
    std::string label = "postfix/pickup";  // syslog_name "/pickup"
    std::string queue_directory, myhostname, mail_name;
    base::Bytes message_size_limit{10240000};  // 0: none
    std::chrono::seconds wakeup{60};           // of its row in master.cf
    std::function<message::Zone(world::WallTime)> zone;

    [[nodiscard]] static PickupSettings from(const config::View& view);
};

/// "Received: by myhostname (mail_name, from userid N)", with its line ends: for pickup and other local submission.
[[nodiscard]] std::string local_received_header(const PickupSettings& settings, mail::QueueId id, std::uint32_t uid, world::WallTime when);

/// A file is deleted after its message, or the notice that returns it, is on stable storage: a crash in between makes a duplicate, never
/// a loss. What is no submission, or is refused for good and cannot be returned, is moved to $queue_directory/corrupt. Lives on one core.
class Pickup {
public:
    struct Doors {
        mail::Intake& intake;
        observe::EventSink& events;
        world::Files& files;
        world::BlockingPool& pool;
        world::Core& core;
    };
    /// `settings` is asked at the begin of every scan, so that a reload is noticed.
    Pickup(std::function<PickupSettings()> settings, Doors doors);

    /// Scans, then once every `wakeup`.
    void start();
    /// Does not wait for the next turn. During a scan: another one follows.
    void scan_now();
    /// A message that is being committed is finished first.
    world::Task<void> stop();

private:
    enum class Next : std::uint8_t { go_on, end_scan };
    world::Task<void> run();
    world::Task<void> tick();
    world::Task<void> scan(PickupSettings settings);
    world::Task<Next> take(PickupSettings settings, std::string name);
    world::Task<Next> submit(PickupSettings settings, std::string name, std::string file, world::WallTime modified);
    world::Task<void> remove(PickupSettings settings, std::string name);
    world::Task<void> set_aside(PickupSettings settings, std::string name, std::string why);

    std::function<PickupSettings()> settings_;
    Doors doors_;
    std::set<std::string> taken_;  // committed, but the file could not be deleted: not to be taken again
    bool requested_ = false;
    world::Signal request_;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::receive
