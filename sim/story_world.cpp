// StoryPlan: the network, the names and the next hops of a stormy day.
#include "base/format.hpp"
#include "sim/story_plan.hpp"

namespace posthouse::sim {

namespace {

base::IpAddress v4(int last) { return *base::IpAddress::parse(base::format("10.0.0.{}", last)); }
base::IpAddress v6(int last) { return *base::IpAddress::parse(base::format("fd00::{}", last)); }

void make_bad_links(World& world) {
    SimRandom& random = world.scheduler.random();
    LinkConditions& bad = world.internet.conditions;
    const auto now_and_then = [&random](unsigned in, unsigned below) { return random.chance(in) ? static_cast<unsigned>(random.below(below)) : 0U; };
    bad.reset_per_mille = now_and_then(600, 4);
    bad.stall_per_mille = now_and_then(600, 4);
    bad.refuse_per_mille = now_and_then(600, 80);
    bad.blackhole_per_mille = now_and_then(500, 30);
    bad.unreachable_per_mille = now_and_then(300, 50);
    bad.cut_per_mille = now_and_then(400, 60);
    bad.drip_per_mille = now_and_then(400, 40);
    bad.sip_per_mille = now_and_then(400, 60);
    bad.tls_failure_per_mille = now_and_then(400, 200);
    if (random.chance(100)) {
        bad.strip_starttls = true;
        world.scheduler.injected("tls: STARTTLS stripped on the way");
    }
    if (random.chance(100)) {
        bad.window = random.between(1'500, 6'000);
        bad.reset_per_mille = 0;  // of so many small segments one would always be hit
    }
    // A family of addresses that leads nowhere, at once or after a long wait.
    LinkConditions dead = bad;
    (random.chance(500) ? dead.unreachable_per_mille : dead.blackhole_per_mille) = 1000;
    for (int i = 0; i < 3; ++i) {
        if (random.chance(500)) {
            world.internet.set_conditions({v6(2 + i), 25}, dead);
        }
    }
}

void make_odd_domains(Zones& zones) {
    zones.add_mx("null.example", 0, "");
    zones.add_mx("self.example", 10, "mx.sim.example");
    zones.add_address("mx.sim.example", server_address());
    world::DnsRecord alias;
    alias.name = "ring-b.example";
    zones["ring.example"].records[world::RecordType::cname].push_back(alias);
    alias.name = "ring.example";
    zones["ring-b.example"].records[world::RecordType::cname].push_back(alias);
    alias.name = "one.example";
    zones["alias.example"].records[world::RecordType::cname].push_back(alias);
    for (int i = 0; i < 30; ++i) {
        zones.add_mx("many.example", static_cast<std::uint16_t>(i), base::format("missing{}.example", i));
    }
    zones.add_mx("many.example", 50, "hop2.example");
    zones["broken.example"].state = world::DnsAnswer::State::unknown;
    zones["silent.example"].hangs = true;
    zones.add_address("dead.example", v4(99));  // nobody listens there
}

void set_moods(SimRandom& random, Temper& temper, bool refuses_for_good) {
    for (std::size_t stage = 0; stage < std::size(temper.temporary_per_mille); ++stage) {
        temper.temporary_per_mille[stage] = random.chance(150) ? 80 : 0;
        temper.goodbye_per_mille[stage] = random.chance(150) ? 50 : 0;
        temper.break_per_mille[stage] = random.chance(150) ? 40 : 0;
        temper.permanent_per_mille[stage] = refuses_for_good && random.chance(100) ? 30 : 0;
    }
    temper.many_lines_per_mille = random.chance(200) ? 200 : 0;
    temper.huge_per_mille = random.chance(100) ? 10 : 0;
    temper.garbage_per_mille = random.chance(150) ? 15 : 0;
    temper.bare_lf_per_mille = random.chance(100) ? 100 : 0;
    temper.drip_per_mille = random.chance(100) ? 50 : 0;
    temper.half_close_per_mille = random.chance(150) ? 200 : 0;
    temper.slow_reader_per_mille = random.chance(150) ? 200 : 0;
    temper.starttls_refused_per_mille = random.chance(150) ? 300 : 0;
    temper.starttls_garbage_per_mille = random.chance(100) ? 100 : 0;
    temper.greylists = random.chance(150);
}

}  // namespace

void make_storm_world(World& world) {
    SimRandom& random = world.scheduler.random();
    if (random.chance(700)) {
        make_bad_links(world);
    }
    Zones& zones = world.zones;
    zones.servfail_per_mille = random.chance(300) ? 50 : 0;
    zones.bogus_per_mille = random.chance(150) ? 30 : 0;
    zones.slow_per_mille = random.chance(200) ? 50 : 0;
    zones.lie_per_mille = random.chance(100) ? 20 : 0;
    for (const char* domain : {"client.example", "held.client.example", "dropped.client.example", "routed.client.example"}) {
        zones.add_mx(domain, 10, "hop0.example");
        zones[domain].honest = true;
    }
    zones.add_mx("one.example", 10, "hop1.example");
    zones.add_mx("two.example", 10, "hop1.example");
    zones.add_mx("two.example", 20, "hop2.example");
    const bool both_families = random.chance(400);
    for (int i = 0; i < 3; ++i) {
        const std::string name = base::format("hop{}.example", i);
        if (both_families) {
            zones.add_address(name, v6(2 + i));
        }
        zones.add_address(name, v4(2 + i));
        zones[name].honest = i == 0;
    }
    make_odd_domains(zones);
}

std::vector<NextHopSettings> make_storm_hops(SimRandom& random) {
    std::vector<NextHopSettings> out;
    for (int i = 0; i < 3; ++i) {
        NextHopSettings hop;
        hop.listen = {v4(2 + i), 25};
        hop.name = base::format("hop{}.example", i);
        if (random.chance(300)) {
            hop.keywords = {"8BITMIME"};
        } else if (random.chance(400)) {
            hop.keywords.emplace_back("DSN");
        }
        if (random.chance(500)) {
            hop.keywords.emplace_back("CHUNKING");
        }
        hop.recipient_deferred_per_mille = random.chance(300) ? 100 : 0;
        hop.content_deferred_per_mille = random.chance(300) ? 100 : 0;
        hop.content_refused_per_mille = random.chance(300) ? 50 : 0;
        hop.break_before_reply_per_mille = random.chance(300) ? 30 : 0;
        hop.break_in_content_per_mille = random.chance(300) ? 30 : 0;
        hop.stall_per_mille = random.chance(300) ? 5 : 0;
        if (random.chance(600)) {
            set_moods(random, hop.temper, i > 0);
        }
        out.push_back(std::move(hop));
    }
    return out;
}

void change_zone(World& world, SimRandom& random) {
    static constexpr std::string_view domains[] = {"one.example", "two.example", "dead.example", "ring.example"};
    Zones& zones = world.zones;
    ZoneEntry& entry = zones[domains[random.below(std::size(domains))]];
    const std::string domain(domains[random.below(std::size(domains))]);
    world.scheduler.injected("dns: zone changes");
    switch (random.below(5)) {
        case 0: entry.state = world::DnsAnswer::State::unknown; break;
        case 1: entry.hangs = !entry.hangs; break;
        case 2:
            entry = {};
            zones.add_mx(domain, 0, "");
            break;
        case 3: entry.state = world::DnsAnswer::State::no_such_domain; break;
        default:
            entry = {};
            zones[domain] = {};
            zones.add_mx(domain, 10, random.chance(500) ? "hop1.example" : "hop2.example");
            break;
    }
}

}  // namespace posthouse::sim
