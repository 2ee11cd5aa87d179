#include "sim/story_plan.hpp"

#include "base/format.hpp"
#include "sim/workload.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::seconds;

constexpr const char* master_cf = R"(smtp      inet  n       -       n       -       -       smtpd
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

std::string make_main_cf(SimRandom& random) {
    std::string out =
        "compatibility_level = 3.6\n"
        "myhostname = mx.sim.example\n"
        "mydestination =\nalias_maps =\nlocal_recipient_maps =\n"
        "mynetworks = 10.0.1.0/24\n"
        "inet_interfaces = all\n"
        "inet_protocols = ipv4\n"
        "queue_directory = /var/spool/postfix\n"
        "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"
        "transport_maps = texthash:/etc/postfix/transport\n"
        "maillog_file = /dev/stdout\n";
    out += base::format("maximal_queue_lifetime = {}d\n", random.between(1, 5));
    out += random.chance(300) ? "relayhost = [10.0.0.2]:25\n" : "";
    out += random.chance(500) ? "smtp_tls_security_level = may\n" : "";
    out += random.chance(500) ? "delay_warning_time = 2h\n" : "";
    out += random.chance(300) ? "smtpd_peername_lookup = no\n" : "";
    out += random.chance(300) ? "default_destination_recipient_limit = 2\n" : "";
    out += random.chance(200) ? "qmgr_message_active_limit = 4\n" : "";
    out += random.chance(300) ? "default_process_limit = 2\n" : "";
    out += random.chance(300) ? "smtp_destination_concurrency_limit = 1\n" : "";
    return out;
}

void make_network(World& world) {
    SimRandom& random = world.scheduler.random();
    if (random.chance(600)) {
        LinkConditions& bad = world.internet.conditions;
        bad.reset_per_mille = static_cast<unsigned>(random.below(4));
        bad.stall_per_mille = static_cast<unsigned>(random.below(4));
        bad.refuse_per_mille = static_cast<unsigned>(random.below(80));
        bad.blackhole_per_mille = static_cast<unsigned>(random.below(30));
    }
    Zones& zones = world.zones;
    zones.servfail_per_mille = random.chance(300) ? 50 : 0;
    zones.add_mx("client.example", 10, "hop0.example");
    zones.add_mx("one.example", 10, "hop1.example");
    zones.add_mx("two.example", 10, "hop1.example");
    zones.add_mx("two.example", 20, "hop2.example");
    zones.add_address("dead.example", *base::IpAddress::parse("10.0.9.9"));  // nobody listens there
    for (int i = 0; i < 3; ++i) {
        zones.add_address(base::format("hop{}.example", i), *base::IpAddress::parse(base::format("10.0.0.{}", 2 + i)));
    }
}

std::vector<NextHopSettings> make_hops(SimRandom& random) {
    std::vector<NextHopSettings> out;
    for (int i = 0; i < 3; ++i) {
        NextHopSettings hop;
        hop.listen = {*base::IpAddress::parse(base::format("10.0.0.{}", 2 + i)), 25};
        hop.name = base::format("hop{}.example", i);
        if (random.chance(300)) {
            hop.keywords = {"8BITMIME"};
        }
        if (random.chance(500)) {
            hop.keywords.emplace_back("CHUNKING");
        }
        hop.greeting_refused_per_mille = random.chance(300) ? 100 : 0;
        hop.recipient_deferred_per_mille = random.chance(300) ? 100 : 0;
        hop.content_deferred_per_mille = random.chance(300) ? 100 : 0;
        hop.content_refused_per_mille = i > 0 && random.chance(300) ? 50 : 0;
        hop.break_before_reply_per_mille = random.chance(300) ? 30 : 0;
        hop.break_in_content_per_mille = random.chance(300) ? 30 : 0;
        hop.stall_per_mille = random.chance(300) ? 5 : 0;
        out.push_back(std::move(hop));
    }
    return out;
}

std::vector<ClientPlan> make_clients(SimRandom& random, std::vector<NextHopSettings>& hops) {
    std::vector<ClientPlan> out(random.between(1, 3));
    for (std::size_t c = 0; c < out.size(); ++c) {
        out[c].pipelined = random.chance(700);
        const std::size_t batches = random.between(1, 3);
        for (std::size_t b = 0; b < batches; ++b) {
            WorkloadSettings work;
            work.messages = random.between(1, 6);
            work.recipients_max = random.chance(200) ? 12 : 4;
            work.body_max = random.chance(100) ? 600'000 : 30'000;
            work.prefix = base::format("c{}b{}m", c, b);
            work.domains = {"one.example", "one.example", "two.example", "two.example", "none.example", "error.example"};
            if (random.chance(400)) {
                work.domains.emplace_back("dead.example");
            }
            ClientPlan::Batch batch;
            batch.pause = b == 0 ? random.below(2000) * std::chrono::milliseconds{1} : random.below(3 * 3600) * seconds{1};
            batch.mail = make_workload(random, work);
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

Act make_act(SimRandom& random, Act::Kind kind) {
    Act act;
    act.kind = kind;
    switch (random.below(3)) {
        case 0: act.after = random.below(3000) * std::chrono::milliseconds{1}; break;
        case 1: act.after = random.below(120'000) * std::chrono::milliseconds{1}; break;
        default: act.after = random.below(5 * 3600) * seconds{1}; break;
    }
    act.lasting = random.between(1, 900) * seconds{1};
    act.disk_operation = random.chance(200) ? random.between(1, 20) : random.between(1, 400);
    return act;
}

std::vector<Act> make_acts(SimRandom& random) {
    using Kind = Act::Kind;
    std::vector<Kind> kinds{random.chance(500) ? Kind::power_loss : Kind::power_loss_in_disk, Kind::power_loss_in_disk, Kind::restart};
    for (const auto& [kind, per_mille] : {std::pair{Kind::power_loss, 300U}, std::pair{Kind::power_loss_in_disk, 300U}, std::pair{Kind::reload, 400U},
                                          std::pair{Kind::flush, 300U}, std::pair{Kind::disk_error, 150U}, std::pair{Kind::disk_full, 100U}}) {
        if (random.chance(per_mille)) {
            kinds.push_back(kind);
        }
    }
    std::vector<Act> out;
    while (!kinds.empty()) {
        const auto at = kinds.begin() + static_cast<std::ptrdiff_t>(random.below(kinds.size()));
        out.push_back(make_act(random, *at));
        kinds.erase(at);
    }
    return out;
}

}  // namespace

std::string_view name_of(Act::Kind kind) {
    switch (kind) {
        case Act::Kind::power_loss: return "power loss";
        case Act::Kind::power_loss_in_disk: return "power loss while the disk works";
        case Act::Kind::restart: return "restart";
        case Act::Kind::reload: return "reload";
        case Act::Kind::flush: return "flush";
        case Act::Kind::disk_error: return "disk error";
        case Act::Kind::disk_full: return "disk full";
    }
    return "";
}

base::IpAddress server_address() { return *base::IpAddress::parse("10.0.0.1"); }

StoryPlan make_plan(World& world) {
    SimRandom& random = world.scheduler.random();
    StoryPlan plan;
    plan.main_cf = make_main_cf(random);
    plan.master_cf = master_cf;
    plan.transport_map = "error.example error:5.7.0 not here\n";
    make_network(world);
    plan.hops = make_hops(random);
    plan.clients = make_clients(random, plan.hops);
    plan.acts = make_acts(random);
    return plan;
}

}  // namespace posthouse::sim
