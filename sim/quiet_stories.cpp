// StoryPlan: days on which the network is good and the mail is special. Most of them promise that healthy destinations do not
// notice what happens to others.
#include "base/format.hpp"
#include "sim/story_plan.hpp"
#include "sim/workload.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

base::IpAddress hop_address(int last) { return *base::IpAddress::parse(base::format("10.0.0.{}", last)); }

ClientPlan client_with(SimRandom& random, WorkloadSettings work) {
    ClientPlan out;
    ClientPlan::Batch batch;
    batch.mail = make_workload(random, work);
    out.batches.push_back(std::move(batch));
    return out;
}

WorkloadSettings small_mail(std::string prefix, std::size_t messages, std::vector<std::string> domains) {
    WorkloadSettings work;
    work.messages = messages;
    work.recipients_max = 1;
    work.body_max = 2'000;
    work.prefix = std::move(prefix);
    work.domains = std::move(domains);
    return work;
}

void add_domain(World& world, const std::string& domain, int hop) { world.zones.add_mx(domain, 10, base::format("hop{}.example", hop)); }

void make_hops(World& world, StoryPlan& plan) {
    for (int i = 0; i < 3; ++i) {
        NextHopSettings hop;
        hop.listen = {hop_address(2 + i), 25};
        hop.name = base::format("hop{}.example", i);
        world.zones.add_address(hop.name, hop_address(2 + i));
        plan.hops.push_back(std::move(hop));
    }
    add_domain(world, "client.example", 0);
}

/// Hop 2 is a provider that is gone: connections hang until they time out. Some stories crash on top of it.
void make_dead_provider(World& world, StoryPlan& plan, std::size_t scale) {
    SimRandom& random = world.scheduler.random();
    LinkConditions dead;
    dead.blackhole_per_mille = 1000;
    world.internet.set_conditions({hop_address(4), 25}, dead);
    add_domain(world, "provider.example", 2);
    add_domain(world, "healthy.example", 1);
    plan.clients.push_back(client_with(random, small_mail("p", scale / 2, {"provider.example"})));
    plan.clients.push_back(client_with(random, small_mail("q", scale / 4, {"provider.example"})));
    plan.clients.push_back(client_with(random, small_mail("h", scale / 4, {"healthy.example"})));
    plan.main_cf += "maximal_queue_lifetime = 1h\n";
    plan.times.maximal_queue_lifetime = std::chrono::hours{1};
    plan.pace.push_back({"", "@healthy.example", seconds{10}});
}

/// One message to hundreds beside single mails, through a destination that takes one delivery at a time.
void make_bulk(World& world, StoryPlan& plan, std::size_t scale) {
    SimRandom& random = world.scheduler.random();
    add_domain(world, "bulk.example", 1);
    add_domain(world, "healthy.example", 1);
    WorkloadSettings mailing = small_mail("b", 4, {"bulk.example"});
    mailing.recipients_max = scale * 2;
    plan.clients.push_back(client_with(random, std::move(mailing)));
    plan.clients.push_back(client_with(random, small_mail("s", scale / 4, {"bulk.example"})));
    plan.clients.push_back(client_with(random, small_mail("h", scale / 4, {"healthy.example"})));
    plan.limits.destination_concurrency = 2;
    plan.main_cf += "default_destination_concurrency_limit = 2\nsmtpd_recipient_limit = 100000\n";
    plan.pace.push_back({"", "@healthy.example", seconds{20}});
    plan.pace.push_back({"s", "@bulk.example", seconds{60}});  // single mails to where the mailing goes
}

void make_bounce_storm(World& world, StoryPlan& plan, std::size_t scale) {
    SimRandom& random = world.scheduler.random();
    add_domain(world, "strict.example", 1);
    for (int i = 0; i < 3; ++i) {
        WorkloadSettings work = small_mail(base::format("n{}m", i), scale / 4, {"strict.example"});
        work.recipients_max = 4;
        work.dsn_per_mille = 300;
        plan.clients.push_back(client_with(random, std::move(work)));
    }
    for (const ClientPlan& client : plan.clients) {
        for (const Submission& mail : client.batches.front().mail) {
            for (const std::string& recipient : mail.recipients) {
                plan.hops[1].recipients[recipient].refused = random.chance(900);
            }
        }
    }
    plan.hops[0].recipient_deferred_per_mille = 200;  // and the notifications have a hard time, too
    plan.acts = make_acts(random);
}

void make_many_domains(World& world, StoryPlan& plan, std::size_t scale) {
    SimRandom& random = world.scheduler.random();
    std::vector<std::string> domains;
    for (std::size_t i = 0; i < scale * 2; ++i) {
        domains.push_back(base::format("d{}.example", i));
        const bool gone = random.chance(50);
        world.zones.add_mx(domains.back(), 10, gone ? "missing.example" : random.chance(500) ? "hop1.example" : "hop2.example");
    }
    for (int i = 0; i < 3; ++i) {
        WorkloadSettings work = small_mail(base::format("d{}m", i), scale / 2, domains);
        work.recipients_max = 3;
        plan.clients.push_back(client_with(random, std::move(work)));
    }
    plan.acts = make_acts(random);
}

/// All next hops are unreachable while the mail comes in, and then answer; memory holds a part of it.
void make_backlog(World& world, StoryPlan& plan, std::size_t scale) {
    SimRandom& random = world.scheduler.random();
    add_domain(world, "one.example", 1);
    add_domain(world, "two.example", 2);
    for (int i = 0; i < 4; ++i) {
        plan.clients.push_back(client_with(random, small_mail(base::format("l{}m", i), scale / 4, {"one.example", "two.example"})));
    }
    plan.active_limit = std::max<std::size_t>(4, scale / 20);
    plan.main_cf += base::format("qmgr_message_active_limit = {}\n", plan.active_limit);
    plan.hops[1].asleep_for = plan.hops[2].asleep_for = minutes{30};
    Act crash;
    crash.kind = Act::Kind::power_loss;
    crash.after = minutes{10};
    crash.lasting = seconds{20};
    plan.acts.push_back(crash);
    Act restart;
    restart.kind = Act::Kind::restart;
    restart.after = minutes{40};
    plan.acts.push_back(restart);
}

/// `scale`: of what each of two clients hands in, in tens of KiB. Small windows, a hop without 8BITMIME, and a power failure.
void make_large(World& world, StoryPlan& plan, std::size_t scale) {
    constexpr std::size_t limit = 2'000'000;
    SimRandom& random = world.scheduler.random();
    add_domain(world, "one.example", 1);
    add_domain(world, "two.example", 2);
    plan.main_cf += base::format("message_size_limit = {}\nbounce_size_limit = 100000\n", limit);
    plan.message_size_limit = limit;
    std::erase(plan.hops[2].keywords, "8BITMIME");
    plan.hops[1].recipient_deferred_per_mille = plan.hops[2].content_refused_per_mille = 200;
    plan.hops[2].break_in_content_per_mille = 100;
    world.internet.conditions.window = random.chance(500) ? 20'000 : 200'000;
    for (int i = 0; i < 2; ++i) {
        WorkloadSettings work = small_mail(base::format("g{}m", i), std::max<std::size_t>(2, scale / 30), {"one.example", "two.example"});
        work.recipients_max = 3;
        ClientPlan client = client_with(random, std::move(work));
        for (Submission& mail : client.batches.front().mail) {
            const std::size_t size = random.chance(150) ? limit + random.below(limit) : random.between(100'000, limit - 200'000);
            mail.eight_bit = random.chance(500);
            const std::string line = mail.eight_bit ? std::string(70, '\xe9') + "\r\n" : std::string(76, 'x') + "\r\n";
            for (std::size_t n = 0; mail.body.size() < size; ++n) {
                mail.body += base::format("{} {}", n, line);
            }
        }
        plan.clients.push_back(std::move(client));
    }
    Act crash;
    crash.kind = Act::Kind::power_loss_in_disk;
    crash.count = random.between(1, 400);
    crash.lasting = seconds{20};
    plan.acts.push_back(crash);
}

}  // namespace

void make_quiet_story(World& world, StoryPlan& plan, std::size_t scale) {
    make_hops(world, plan);
    switch (plan.kind) {
        case StoryKind::storm: break;
        case StoryKind::many_domains: make_many_domains(world, plan, scale); break;
        case StoryKind::dead_provider: make_dead_provider(world, plan, scale); break;
        case StoryKind::bulk: make_bulk(world, plan, scale); break;
        case StoryKind::bounce_storm: make_bounce_storm(world, plan, scale); break;
        case StoryKind::backlog: make_backlog(world, plan, scale); break;
        case StoryKind::large: make_large(world, plan, scale); break;
    }
    plan.other_main_cf = plan.main_cf;
}

}  // namespace posthouse::sim
