#include "sim/story.hpp"

#include "base/format.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::hours;

// All mail is delivered or has expired long before; bounces may live five days more, and clocks jump by days.
constexpr hours story_limit{24 * 22};

}  // namespace

Story::Story(std::uint64_t seed, const ScenarioOptions& options)
    : world_(seed, options.tracing), options_(options), plan_(options.kind ? make_plan(world_, *options.kind, options.scale) : make_plan(world_)),
      load_judge_(world_.scheduler, plan_.limits, [this](std::string problem) { ledger_.complain(std::move(problem)); }),
      session_judge_(plan_.limits.process_limit, [this](std::string problem) { ledger_.complain(std::move(problem)); }), attempt_judge_(world_.scheduler, ledger_, plan_.times), server_(world_, server_settings()), local_sender_(world_, server_.machine(), ledger_) {
    server_.machine().files().put("/etc/postfix/transport", plan_.transport_map);
    server_.machine().disk().forgets_each_sync = options.forgets_each_sync;
    server_.events().listener = [this](const observe::Event& event) { attempt_judge_.on(event); };
    hop_tls_.add_certificate("hop", {.names = {"hop.example"}});
    server_.machine().files().put(server_certificate, "a certificate");
    server_.machine().tls().add_certificate(server_certificate, {.names = {"mx.sim.example"}});
}

SimServerSettings Story::server_settings() {
    SimServerSettings out{server_address(), server_address_v6(), plan_.main_cf + options_.more_main_cf, plan_.master_cf, {}};
    if (options_.wrap_spool) {
        out.wrap_spool = [this](mail::Spool& spool) { return options_.wrap_spool(spool, world_.scheduler); };
    }
    return out;
}

PeerHost& Story::add_host(std::string name, std::vector<base::IpAddress> addresses) {
    hosts_.push_back(std::make_unique<PeerHost>(world_, std::move(name), std::move(addresses)));
    return *hosts_.back();
}

void Story::start_hops() {
    world::TlsServerSettings tls;
    tls.chain_files = {"hop"};
    for (std::size_t i = 0; i < plan_.hops.size(); ++i) {
        NextHopSettings& settings = plan_.hops[i];
        if (random().chance(plan_.rules.tls.empty() ? 500 : 800)) {
            settings.tls = *hop_tls_.server_context(tls);
        }
        PeerHost& host = add_host(settings.name, {settings.listen.address, *base::IpAddress::parse(base::format("fd00::{}", 2 + i))});
        settings.listen.address = *base::IpAddress::parse("0.0.0.0");
        hops_.push_back(std::make_unique<NextHop>(host, ledger_, settings, &load_judge_, plan_.rules));
        PH_ASSERT(hops_.back()->start());
    }
}

void Story::start_peers() {
    start_hops();
    if (!plan_.passwords.empty()) {
        const base::Endpoint place{*base::IpAddress::parse("10.0.0.9"), 12345};
        dovecot_ = std::make_unique<DovecotServer>(add_host("passwords", {place.address}), place, plan_.passwords);
        PH_ASSERT(dovecot_->start());
    }
    if (plan_.has_milter) {
        const base::Endpoint place{*base::IpAddress::parse("10.0.0.10"), 8891};
        milter_ = std::make_unique<MilterServer>(add_host("milter", {place.address}), place);
        PH_ASSERT(milter_->start());
    }
    const base::Endpoint server{server_address(), 25};
    for (std::size_t i = 0; i < plan_.clients.size(); ++i) {
        PeerHost& host = add_host(base::format("client{}", i), {*base::IpAddress::parse(base::format("10.0.{}.{}", plan_.clients[i].user.empty() ? 1 : 2, i + 1))});
        SmtpClientSettings settings;
        settings.server = server;
        settings.style = plan_.clients[i].pipelined ? SmtpClientSettings::Style::pipelined : SmtpClientSettings::Style::lockstep;
        settings.user = plan_.clients[i].user;
        settings.tls = plan_.clients[i].encrypted ? *hop_tls_.client_context({}) : nullptr;
        settings.alias_suffix = plan_.alias_suffix;
        settings.password = settings.user.empty() ? "" : plan_.passwords.at(settings.user);
        clients_.push_back(std::make_unique<SmtpClient>(host, ledger_, settings, &session_judge_));
        peers_.spawn(live(*clients_.back(), host, plan_.clients[i]));
    }
    peers_.spawn(local_sender_.leave_all(std::move(plan_.local_mail)));
    for (std::size_t i = 0; i < plan_.rude_clients; ++i) {
        PeerHost& host = add_host(base::format("rude{}", i), {*base::IpAddress::parse(base::format("10.0.1.{}", i + 100))});
        rude_clients_.push_back(std::make_unique<RudeClient>(host, server));
        peers_.spawn(rude_clients_.back()->visit(random().between(1, 12)));
    }
}

world::Task<void> Story::live(SmtpClient& client, PeerHost& host, ClientPlan& plan) {
    for (ClientPlan::Batch& batch : plan.batches) {
        co_await host.clock.sleep_for(batch.pause);
        co_await client.submit_all(std::move(batch.mail));
    }
}

bool Story::all_is_done() {
    if (peers_.size() > 0 || !ledger_.settled()) {
        return false;
    }
    const auto stored = server_.stored();
    return stored && stored->empty();
}

void Story::play() {
    ensure_running();
    start_peers();
    for (const Act& act : plan_.acts) {
        perform(act);
    }
    server_.machine().disk().set_faults({});
    server_.machine().set_pool_timing({});
    see_it_end();
    server_.stop();
    for (std::string& problem : server_.inspect_spool()) {
        problems_.push_back(std::move(problem));
    }
}

void Story::see_it_end() {
    const SteadyTime end = world_.scheduler.now() + story_limit;
    for (bool released = false; !all_is_done();) {
        if (world_.scheduler.now() >= end) {
            problems_.push_back(base::format("not done after {} h", story_limit.count()));
            break;
        }
        wait(hours{1});
        if (peers_.size() == 0) {
            // What was handed in on hold has waited long enough, and an administrator forgets nothing.
            released = released || (ledger_.release_held(), true);
            release_held();
        }
    }
    for (const mail::StoredMessage& message : server_.stored().value_or(std::vector<mail::StoredMessage>{})) {
        problems_.push_back(base::format("{} from <{}> is still in the spool", message.id.text(), message.envelope.reverse_path.address()));
    }
}

void Story::end_peers() {
    peers_.cancel();
    for (const auto& hop : hops_) {
        peers_.spawn(hop->stop());
    }
    if (dovecot_ != nullptr) {
        peers_.spawn(dovecot_->stop());
    }
    if (milter_ != nullptr) {
        peers_.spawn(milter_->stop());
    }
    if (!world_.scheduler.run_until([this] { return peers_.size() == 0; }, hours{1})) {
        problems_.emplace_back("peers do not end");
    }
    for (const auto& client : clients_) {
        for (const auto& [key, recipient] : client->refused()) {
            const bool too_large = ledger_.find(key)->body.size() > plan_.message_size_limit;
            if (!recipient.ends_with("@error.example") && !too_large) {  // as transport_maps has it
                problems_.push_back(base::format("{} to {} was refused for good", key, recipient));
            }
        }
        if (client->given_up() > 0) {
            problems_.push_back(base::format("{} messages could not be handed in", client->given_up()));
        }
    }
}

// Nobody starves: whatever hangs or queues up elsewhere, a healthy destination is served at once.
void Story::judge_pace() {
    if (ledger_.totals().crashes > 0) {
        return;
    }
    using std::chrono::milliseconds;
    for (const StoryPlan::Pace& promise : plan_.pace) {
        const auto longest = std::chrono::duration_cast<milliseconds>(ledger_.longest_way(promise.key_prefix, promise.domain));
        if (longest > promise.bound) {
            problems_.push_back(base::format("mail {} for {} took {} ms, promised are {}", promise.key_prefix, promise.domain, longest.count(),
                                             std::chrono::duration_cast<milliseconds>(promise.bound).count()));
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
    verdict.days = std::chrono::duration<double>(world_.scheduler.now() - begin).count() / 86'400;
    end_peers();
    judge_pace();
    verdict.problems = std::move(problems_);
    for (auto& problem : ledger_.problems({})) {
        verdict.problems.push_back(std::move(problem));
    }
    for (auto& problem : server_.problems()) {
        verdict.problems.push_back(std::move(problem));
    }
    const Ledger::Totals totals = ledger_.totals();
    verdict.totals = totals;
    verdict.faults = world_.scheduler.faults();
    verdict.trace_hash = world_.scheduler.trace_hash();
    verdict.events = world_.scheduler.events_run();
    verdict.summary = base::format("{}, {} promises, {} delivered, {} bounced, {} silent, {} crashes, {:.1f} days", name_of(plan_.kind), totals.promises,
                                   totals.delivered, totals.bounced, totals.silent, totals.crashes, verdict.days);
    return verdict;
}

Verdict run_scenario(std::uint64_t seed, const ScenarioOptions& options) {
    Story story(seed, options);
    return story.tell();
}

}  // namespace posthouse::sim
