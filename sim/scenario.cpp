#include "sim/scenario.hpp"

#include "base/format.hpp"
#include "sim/peers/smtp_client.hpp"
#include "sim/sim_server.hpp"
#include "sim/story_plan.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

// All mail is delivered or has expired long before; bounces may live five days more.
constexpr hours story_limit{24 * 15};

class Story {
public:
    Story(std::uint64_t seed, const ScenarioOptions& options)
        : world_(seed, options.tracing), options_(options), plan_(make_plan(world_)), server_(world_, server_settings()) {
        server_.machine().files().put("/etc/postfix/transport", plan_.transport_map);
        hop_tls_.add_certificate("hop", {.names = {"hop.example"}});
    }
    Verdict tell();

private:
    SimServerSettings server_settings();
    void start_peers();
    static world::Task<void> live(SmtpClient& client, PeerHost& host, ClientPlan& plan);
    void ensure_running();
    void perform(const Act& act);
    void darkness(const Act& act);
    void wait(Duration time);
    bool all_is_done();
    void play();
    void end_peers();

    World world_;
    const ScenarioOptions& options_;
    StoryPlan plan_;
    Ledger ledger_;
    SimTls hop_tls_;
    std::vector<std::unique_ptr<PeerHost>> hosts_;
    std::vector<std::unique_ptr<NextHop>> hops_;
    std::vector<std::unique_ptr<SmtpClient>> clients_;
    std::vector<std::string> problems_;
    SimServer server_;
    world::TaskGroup peers_;
};

SimServerSettings Story::server_settings() {
    SimServerSettings out{server_address(), plan_.main_cf, plan_.master_cf, {}};
    if (options_.wrap_spool) {
        out.wrap_spool = [this](mail::Spool& spool) { return options_.wrap_spool(spool, world_.scheduler); };
    }
    return out;
}

void Story::start_peers() {
    world::TlsServerSettings tls;
    tls.chain_files = {"hop"};
    for (NextHopSettings& settings : plan_.hops) {
        if (world_.scheduler.random().chance(500)) {
            settings.tls = *hop_tls_.server_context(tls);
        }
        hosts_.push_back(std::make_unique<PeerHost>(world_, settings.name, std::vector{settings.listen.address}));
        hops_.push_back(std::make_unique<NextHop>(*hosts_.back(), ledger_, settings));
        PH_ASSERT(hops_.back()->start());
    }
    for (std::size_t i = 0; i < plan_.clients.size(); ++i) {
        const auto address = *base::IpAddress::parse(base::format("10.0.1.{}", i + 1));
        hosts_.push_back(std::make_unique<PeerHost>(world_, base::format("client{}", i), std::vector{address}));
        SmtpClientSettings settings;
        settings.server = {server_address(), 25};
        settings.style = plan_.clients[i].pipelined ? SmtpClientSettings::Style::pipelined : SmtpClientSettings::Style::lockstep;
        clients_.push_back(std::make_unique<SmtpClient>(*hosts_.back(), ledger_, settings));
        peers_.spawn(live(*clients_.back(), *hosts_.back(), plan_.clients[i]));
    }
}

world::Task<void> Story::live(SmtpClient& client, PeerHost& host, ClientPlan& plan) {
    for (ClientPlan::Batch& batch : plan.batches) {
        co_await host.clock.sleep_for(batch.pause);
        co_await client.submit_all(std::move(batch.mail));
    }
}

/// Up again, however often the power goes while it starts.
void Story::ensure_running() {
    constexpr int starts_max = 5;
    for (int i = 0; !server_.running(); ++i) {
        if (i == starts_max) {
            throw std::runtime_error("the server does not come up");
        }
        if (!server_.start() && server_.machine().powered()) {
            throw std::runtime_error("the server does not start: " + server_.problems().back());
        }
    }
}

/// Lets the story go on; a power failure on the way is dealt with.
void Story::wait(Duration time) {
    const SteadyTime end = world_.scheduler.now() + time;
    while (world_.scheduler.now() < end) {
        if (world_.scheduler.run_until([this] { return !server_.machine().powered(); }, end)) {
            darkness({.kind = Act::Kind::power_loss, .after = {}, .lasting = seconds{5}});
        } else {
            world_.scheduler.run_until(end);
        }
    }
}

void Story::darkness(const Act& act) {
    server_.machine().power_loss();
    server_.machine().disk().set_faults({});
    ledger_.crashed(world_.scheduler.now());
    if (server_.running()) {
        server_.stop();
    }
    world_.scheduler.run_for(act.lasting);
    ensure_running();
}

void Story::perform(const Act& act) {
    using Kind = Act::Kind;
    constexpr hours disk_patience{6};
    SimDisk& disk = server_.machine().disk();
    world_.scheduler.note(base::format("act: {}", name_of(act.kind)));
    switch (act.kind) {
        case Kind::power_loss:
            wait(act.after);
            darkness(act);
            break;
        case Kind::power_loss_in_disk:
            disk.set_faults({.power_loss_at = act.disk_operation});
            world_.scheduler.run_until([this] { return !server_.machine().powered(); }, disk_patience);
            darkness(act);
            break;
        case Kind::restart:
            wait(act.after);
            server_.stop();
            if (!server_.machine().powered()) {
                darkness(act);
            }
            ensure_running();
            break;
        case Kind::reload:
            wait(act.after);
            server_.reload();
            break;
        case Kind::flush:
            wait(act.after);
            server_.flush();
            break;
        case Kind::disk_error:
            server_.events().expect("cannot update the spool");
            disk.set_faults(act.disk_operation % 2 == 0 ? DiskFaults{.write_error_at = act.disk_operation} : DiskFaults{.sync_error_at = act.disk_operation});
            wait(act.after);
            break;
        case Kind::disk_full:
            server_.events().expect("cannot update the spool");
            disk.set_faults({.capacity = disk.used()});
            wait(act.lasting);
            disk.set_faults({});
            break;
    }
}

bool Story::all_is_done() {
    if (peers_.size() > 0 || !ledger_.settled()) {
        return false;
    }
    const auto stored = server_.stored();
    return stored && stored->empty();
}

/// Everything that is to happen, up to the end of all mail.
void Story::play() {
    ensure_running();
    start_peers();
    for (const Act& act : plan_.acts) {
        perform(act);
    }
    server_.machine().disk().set_faults({});
    const SteadyTime end = world_.scheduler.now() + story_limit;
    while (!all_is_done()) {
        if (world_.scheduler.now() >= end) {
            problems_.push_back(base::format("not done after {} h", story_limit.count()));
            break;
        }
        wait(hours{1});
    }
    for (const mail::StoredMessage& message : server_.stored().value_or(std::vector<mail::StoredMessage>{})) {
        problems_.push_back(base::format("{} from <{}> is still in the spool", message.id.text(), message.envelope.reverse_path.address()));
    }
    server_.stop();
    for (std::string& problem : server_.inspect_spool()) {
        problems_.push_back(std::move(problem));
    }
}

void Story::end_peers() {
    peers_.cancel();
    for (const auto& hop : hops_) {
        peers_.spawn(hop->stop());
    }
    if (!world_.scheduler.run_until([this] { return peers_.size() == 0; }, hours{1})) {
        problems_.emplace_back("peers do not end");
    }
    for (const auto& client : clients_) {
        for (const auto& [key, recipient] : client->refused()) {
            if (!recipient.ends_with("@error.example")) {
                problems_.push_back(base::format("{} to {}: refused for good", key, recipient));
            }
        }
        if (client->given_up() > 0) {
            problems_.push_back(base::format("{} messages could not be handed in", client->given_up()));
        }
    }
}

Verdict Story::tell() {
    Verdict verdict;
    const SteadyTime begin = world_.scheduler.now();
    try {
        play();
    } catch (const std::exception& e) {
        problems_.emplace_back(e.what());
        if (server_.running()) {
            server_.stop();
        }
    }
    const double days = std::chrono::duration<double>(world_.scheduler.now() - begin).count() / 86'400;
    end_peers();
    verdict.problems = std::move(problems_);
    for (auto& problem : ledger_.problems({})) {
        verdict.problems.push_back(std::move(problem));
    }
    for (auto& problem : server_.problems()) {
        verdict.problems.push_back(std::move(problem));
    }
    const Ledger::Totals totals = ledger_.totals();
    verdict.trace_hash = world_.scheduler.trace_hash();
    verdict.events = world_.scheduler.events_run();
    verdict.summary = base::format("{} promises, {} delivered, {} bounced, {} crashes, {:.1f} days", totals.promises, totals.delivered, totals.bounced,
                                   totals.crashes, days);
    return verdict;
}

}  // namespace

Verdict run_scenario(std::uint64_t seed, const ScenarioOptions& options) {
    Story story(seed, options);
    return story.tell();
}

}  // namespace posthouse::sim
