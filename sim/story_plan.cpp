#include "sim/story_plan.hpp"

#include "base/format.hpp"
#include "sim/workload.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::seconds;

constexpr const char* master_cf = R"(smtp      inet  n       -       n       -       -       smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
  -o smtp_helo_timeout=60s
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
)";

constexpr const char* common_main_cf =
    "compatibility_level = 3.6\n"
    "myhostname = mx.sim.example\n"
    "mydestination =\nalias_maps =\nlocal_recipient_maps =\n"
    "mynetworks = 10.0.1.0/24\n"
    "inet_interfaces = all\n"
    "queue_directory = /var/spool/postfix\n"
    "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination\n"
    "smtpd_sender_restrictions = check_sender_access inline:{ held.client.example=HOLD, dropped.client.example=DISCARD }\n"
    "transport_maps = texthash:/etc/postfix/transport\n"
    "maillog_file = /dev/stdout\n";

void make_main_cf(SimRandom& random, StoryPlan& plan) {
    std::string& out = plan.main_cf;
    out = common_main_cf;
    const auto days = random.between(1, 5);
    plan.times.maximal_queue_lifetime = std::chrono::days{days};
    out += base::format("maximal_queue_lifetime = {}d\n", days);
    if (random.chance(300)) {
        const auto bounce_days = random.between(1, 5);
        plan.times.bounce_queue_lifetime = std::chrono::days{bounce_days};
        out += base::format("bounce_queue_lifetime = {}d\n", bounce_days);
    }
    if (random.chance(200)) {
        plan.times.minimal_backoff_time = seconds{60};
        plan.times.maximal_backoff_time = seconds{random.between(60, 9000)};
        out += base::format("minimal_backoff_time = 60s\nmaximal_backoff_time = {}s\n", plan.times.maximal_backoff_time.count());
    }
    plan.limits.one_relayhost = random.chance(250);
    out += plan.limits.one_relayhost ? "relayhost = [10.0.0.2]:25\n" : "";
    out += random.chance(600) ? "inet_protocols = ipv4\n" : "inet_protocols = all\n";
    out += random.chance(500) ? "smtp_tls_security_level = may\n" : "";
    if (random.chance(500)) {
        plan.times.delay_warning_time = std::chrono::hours{2};
        out += "delay_warning_time = 2h\n";
    }
    out += random.chance(300) ? "smtpd_peername_lookup = no\n" : "";
    out += random.chance(300) ? "default_destination_recipient_limit = 2\n" : "";
    if (random.chance(200)) {
        plan.active_limit = 4;
        out += "qmgr_message_active_limit = 4\n";
    }
    if (random.chance(300)) {
        plan.limits.process_limit = 2;
        out += "default_process_limit = 2\n";
    }
    plan.other_main_cf = out;
    if (random.chance(200)) {
        const seconds delay{random.between(1, 20)};
        plan.limits.rate_delay = delay;
        plan.limits.destination_concurrency = 1;
        const std::string line = base::format("default_destination_rate_delay = {}s\n", delay.count());
        out += line;
        plan.other_main_cf += line;
    } else if (random.chance(400)) {
        const auto limit = random.between(1, 3);
        plan.limits.destination_concurrency = limit;
        out += base::format("smtp_destination_concurrency_limit = {}\n", limit);
        plan.other_main_cf += base::format("smtp_destination_concurrency_limit = {}\n", random.between(1, limit));
    }
    plan.other_main_cf += random.chance(500) ? "default_destination_recipient_limit = 3\n" : "smtp_connection_cache_on_demand = no\n";
}

WorkloadSettings batch_settings(SimRandom& random, std::string prefix) {
    WorkloadSettings work;
    work.messages = random.between(1, 6);
    work.recipients_max = random.chance(200) ? 12 : 4;
    work.body_max = random.chance(50) ? 600'000 : random.chance(100) ? 150'000 : 12'000;
    work.prefix = std::move(prefix);
    work.domains = {"one.example", "one.example", "two.example", "two.example", "none.example", "error.example"};
    static constexpr std::string_view odd[] = {"dead.example",  "null.example", "self.example",   "ring.example",   "alias.example",
                                               "many.example",  "broken.example", "silent.example", "discard.example"};
    for (const std::string_view domain : odd) {
        if (random.chance(120)) {
            work.domains.emplace_back(domain);
        }
    }
    work.held_per_mille = random.chance(150) ? 150 : 0;
    work.discarded_per_mille = random.chance(150) ? 150 : 0;
    work.null_sender_per_mille = random.chance(150) ? 100 : 0;
    work.dsn_per_mille = random.chance(400) ? 400 : 0;
    return work;
}

std::vector<ClientPlan> make_clients(SimRandom& random, std::vector<NextHopSettings>& hops) {
    std::vector<ClientPlan> out(random.between(1, 3));
    for (std::size_t c = 0; c < out.size(); ++c) {
        out[c].pipelined = random.chance(700);
        const std::size_t batches = random.between(1, 3);
        for (std::size_t b = 0; b < batches; ++b) {
            ClientPlan::Batch batch;
            batch.pause = b == 0 ? random.below(2000) * std::chrono::milliseconds{1} : random.below(3 * 3600) * seconds{1};
            batch.mail = make_workload(random, batch_settings(random, base::format("c{}b{}m", c, b)));
            for (const Submission& submission : batch.mail) {
                for (const std::string& recipient : submission.recipients) {
                    const bool refused = random.chance(100);
                    const int failures = random.chance(200) ? static_cast<int>(random.between(1, 3)) : 0;
                    for (NextHopSettings& hop : hops) {
                        hop.recipients[recipient] = {failures, refused};
                    }
                }
            }
            out[c].batches.push_back(std::move(batch));
        }
    }
    return out;
}

StoryKind draw_kind(SimRandom& random) {
    const std::uint64_t draw = random.below(1000);
    return draw < 8 ? StoryKind::many_domains : draw < 28 ? StoryKind::dead_provider : draw < 48 ? StoryKind::bulk : draw < 58 ? StoryKind::bounce_storm
         : draw < 66 ? StoryKind::backlog : draw < 70 ? StoryKind::large : StoryKind::storm;
}

}  // namespace

std::string_view name_of(StoryKind kind) {
    switch (kind) {
        case StoryKind::storm: return "storm";
        case StoryKind::many_domains: return "many-domains";
        case StoryKind::dead_provider: return "dead-provider";
        case StoryKind::bulk: return "bulk";
        case StoryKind::bounce_storm: return "bounce-storm";
        case StoryKind::backlog: return "backlog";
        case StoryKind::large: return "large";
    }
    return "";
}

std::optional<StoryKind> find_kind(std::string_view name) {
    for (const StoryKind kind : {StoryKind::storm, StoryKind::many_domains, StoryKind::dead_provider, StoryKind::bulk, StoryKind::bounce_storm, StoryKind::backlog, StoryKind::large}) {
        if (name_of(kind) == name) {
            return kind;
        }
    }
    return std::nullopt;
}

base::IpAddress server_address() { return *base::IpAddress::parse("10.0.0.1"); }
base::IpAddress server_address_v6() { return *base::IpAddress::parse("fd00::1"); }

StoryPlan make_plan(World& world) {
    constexpr std::size_t usual_scale = 120;
    const StoryKind kind = draw_kind(world.scheduler.random());
    return make_plan(world, kind, usual_scale);
}

StoryPlan make_plan(World& world, StoryKind kind, std::size_t scale) {
    SimRandom& random = world.scheduler.random();
    StoryPlan plan;
    plan.kind = kind;
    plan.master_cf = master_cf;
    plan.transport_map = "error.example error:5.7.0 not here\ndiscard.example discard:\n";
    if (kind != StoryKind::storm) {
        plan.main_cf = std::string(common_main_cf) + "inet_protocols = ipv4\n";
        plan.other_main_cf = plan.main_cf;
        make_quiet_story(world, plan, scale);
        return plan;
    }
    make_main_cf(random, plan);
    make_storm_world(world);
    plan.hops = make_storm_hops(random);
    plan.clients = make_clients(random, plan.hops);
    plan.rude_clients = random.chance(300) ? random.between(1, 3) : 0;
    if (random.chance(300)) {
        WorkloadSettings work = batch_settings(random, "local");
        work.held_per_mille = work.discarded_per_mille = work.null_sender_per_mille = work.dsn_per_mille = 0;  // smtpd's business
        plan.local_mail = make_workload(random, work);
    }
    plan.acts = make_acts(random);
    make_rules(random, plan);
    make_gates(random, plan);
    return plan;
}

}  // namespace posthouse::sim
