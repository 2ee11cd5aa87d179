#pragma once
// StoryPlan: all that a scenario decides from its seed before it begins: configuration, world, mail, and what happens to the
// server and when.
#include <string>
#include <vector>

#include "sim/oracles/attempt_judge.hpp"
#include "sim/oracles/delivery_rules.hpp"
#include "sim/oracles/ledger.hpp"
#include "sim/oracles/load_judge.hpp"
#include "sim/peers/next_hop.hpp"
#include "sim/scheduler.hpp"
#include "sim/sim_pool.hpp"
#include "sim/world.hpp"

namespace posthouse::sim {

/// What happens to the server, some time after the act before.
struct Act {
    enum class Kind : std::uint8_t {
        power_loss,           // at a moment of its own
        power_loss_in_disk,   // in the middle of what the disk is doing
        power_loss_at_event,  // between any two steps of any task
        kill,                 // the process dies at such a moment, the machine does not
        restart,              // the orderly way
        reload,               // with other limits
        broken_reload,        // of a configuration that must be refused
        flush,                // postqueue -f
        meddle,               // an administrator holds, removes, releases, flushes, expires what is queued
        disk_error,           // one write or sync fails, or some reads in a row
        disk_full,            // for a while
        disk_slow,            // for a while
        clock_jump,           // wall time
        zone_change,          // a domain moves, breaks, or takes no mail any more
    } kind = Kind::power_loss;
    Duration after{};
    Duration lasting{};         // of the darkness, or of what the disk does
    std::uint64_t count = 0;    // operations of the disk, or events, counted from the act before
    Duration jump{};
};

[[nodiscard]] std::string_view name_of(Act::Kind kind);

struct ClientPlan {
    /// Handed in one after the other, each batch after a pause.
    struct Batch {
        Duration pause{};
        std::vector<Submission> mail;
    };
    std::vector<Batch> batches;
    bool pipelined = true;
    std::string user;  // logs in; its address alone gives it no rights
    bool encrypted = false;  // says STARTTLS where it is offered
};

/// What kind of day it is.
enum class StoryKind : std::uint8_t {
    storm,          // everything breaks
    many_domains,   // direct delivery to hundreds of domains
    dead_provider,  // one large destination does not answer; the healthy ones must not notice
    bulk,           // a mailing beside single mails
    bounce_storm,   // nearly all recipients are refused
    backlog,        // much mail queued before any next hop answers
    large,          // messages of megabytes, some too large
};
[[nodiscard]] std::string_view name_of(StoryKind kind);
[[nodiscard]] std::optional<StoryKind> find_kind(std::string_view name);

struct StoryPlan {
    StoryKind kind = StoryKind::storm;
    std::string main_cf;
    std::string other_main_cf;  // for the reload
    std::string master_cf;
    std::string transport_map;  // /etc/postfix/transport
    std::vector<NextHopSettings> hops;  // the first takes notifications: what it refuses for good, it refuses after reading it
    std::vector<ClientPlan> clients;
    std::size_t rude_clients = 0;
    std::vector<Submission> local_mail;  // left in the maildrop folder
    std::vector<Act> acts;
    std::map<std::string, std::string> passwords;  // of clients, as the authentication service knows them; empty: nobody logs in
    bool has_milter = false;
    std::string alias_suffix;  // ".shop.example": clients name that domain's aliases instead of recipients; empty: there are none
    DeliveryRules rules;
    LoadLimits limits;
    QueueTimes times;
    std::size_t message_size_limit = 10'240'000;
    std::size_t active_limit = 20'000;  // messages in memory
    /// Mail whose key or recipient is like this is delivered within the bound after its 250, whatever happens to others.
    struct Pace {
        std::string key_prefix;  // empty: any
        std::string domain;      // "@healthy.example"
        Duration bound{};
    };
    std::vector<Pace> pace;
};

inline constexpr const char* server_certificate = "/etc/mx.pem";
/// Where the server is.
[[nodiscard]] base::IpAddress server_address();
[[nodiscard]] base::IpAddress server_address_v6();
/// Also fills the zones and sets how bad the network is. `scale`: of what named stories hand in, in messages or domains.
[[nodiscard]] StoryPlan make_plan(World& world);
[[nodiscard]] StoryPlan make_plan(World& world, StoryKind kind, std::size_t scale);

/// The parts, in files of their own.
void make_storm_world(World& world);
[[nodiscard]] std::vector<NextHopSettings> make_storm_hops(SimRandom& random);
[[nodiscard]] std::vector<Act> make_acts(SimRandom& random);
void make_rules(SimRandom& random, StoryPlan& plan);
void make_gates(SimRandom& random, StoryPlan& plan);
void change_zone(World& world, SimRandom& random);
void make_quiet_story(World& world, StoryPlan& plan, std::size_t scale);

}  // namespace posthouse::sim
