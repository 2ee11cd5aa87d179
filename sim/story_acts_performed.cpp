// Story: what happens to the server, performed.
#include "base/format.hpp"
#include "sim/story.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Kind = Act::Kind;

constexpr hours patience{6};  // for the moment at which the power is to go

}  // namespace

void Story::ensure_running() {
    constexpr int starts_max = 5;
    for (int i = 0; !server_.running(); ++i) {
        if (i == starts_max) {
            throw std::runtime_error("the server does not come up");
        }
        if (server_.start() || !server_.machine().powered()) {
            continue;
        }
        if (server_.machine().disk().failing()) {
            server_.machine().disk().set_faults({});  // whoever keeps the machine looks after its disk
        } else {
            throw std::runtime_error("the server does not start: " + server_.problems().back());
        }
    }
}

void Story::check_memory() {
    const std::size_t cores = server_.machine().powered() && server_.running() ? server_.machine().cores().count() : 0;
    const std::size_t limit = cores == 0 ? 0 : std::max<std::size_t>(1, plan_.active_limit / cores);
    for (std::size_t core = 0; core < cores && !over_limit_; ++core) {
        if (server_.active_count(core) > limit) {
            over_limit_ = true;
            problems_.push_back(base::format("{} messages in memory of one core, allowed are {}", server_.active_count(core), limit));
        }
    }
}

void Story::wait(Duration time) {
    const SteadyTime end = world_.scheduler.now() + time;
    const auto dark = [this] {
        check_memory();
        return !server_.machine().powered();
    };
    while (world_.scheduler.now() < end) {
        if (world_.scheduler.run_until(dark, end)) {
            darkness({.kind = Kind::power_loss, .after = {}, .lasting = seconds{5}}, Death::power);
        } else {
            world_.scheduler.run_until(end);
        }
    }
}

void Story::darkness(const Act& act, Death death) {
    Machine& machine = server_.machine();
    world_.scheduler.injected(death == Death::power ? "power: lost" : "process: killed");
    if (death == Death::power) {
        machine.power_loss();
    } else {
        machine.kill();
    }
    machine.disk().set_faults({});
    ledger_.crashed(world_.scheduler.now());
    attempt_judge_.crashed();
    load_judge_.forget();
    session_judge_.forget();
    if (server_.running()) {
        server_.stop();
    }
    world_.scheduler.run_for(act.lasting);
    ensure_running();
}

void Story::crash_at_event(const Act& act) {
    wait(act.after);
    const std::uint64_t moment = world_.scheduler.events_run() + act.count;
    world_.scheduler.run_until([this, moment] { return !server_.machine().powered() || world_.scheduler.events_run() >= moment; }, patience);
    darkness(act, act.kind == Kind::kill ? Death::process : Death::power);
}

void Story::restart(const Act& act) {
    wait(act.after);
    server_.stop();
    if (server_.machine().powered()) {
        load_judge_.forget();
        session_judge_.forget();
        attempt_judge_.crashed();  // deliveries that did not end in time are not written down
        ensure_running();
    } else {
        darkness(act, Death::power);
    }
}

void Story::put_main_cf(const std::string& text) { server_.machine().files().put("/etc/postfix/main.cf", text + options_.more_main_cf); }

void Story::reload(const Act& act) {
    wait(act.after);
    const bool broken = act.kind == Kind::broken_reload;
    if (broken) {
        server_.events().expect("reload refused, the old configuration stays");
    }
    put_main_cf(broken ? plan_.main_cf + "smtpd_recipient_limit = many\n" : plan_.other_main_cf);
    const auto refused = server_.reload();
    if (!server_.machine().powered()) {
        put_main_cf(plan_.main_cf);
        darkness(act, Death::power);
    } else if (refused.has_value() != broken) {
        problems_.push_back(broken ? "a broken configuration was taken" : "reload: " + *refused);
    }
    if (broken) {
        put_main_cf(plan_.main_cf);
    }
}

void Story::break_disk(const Act& act) {
    SimDisk& disk = server_.machine().disk();
    Machine& machine = server_.machine();
    server_.events().expect("cannot update the spool");
    attempt_judge_.disk_fails();
    if (act.kind == Kind::disk_error) {
        switch (act.count % 3) {
            case 0: disk.set_faults({.write_error_at = act.count}); break;
            case 1: disk.set_faults({.sync_error_at = act.count}); break;
            default: disk.set_faults({.read_error_at = 1 + act.count / 10, .read_errors = 1 + act.count % 7}); break;
        }
        wait(act.after);
    } else if (act.kind == Kind::disk_full) {
        disk.set_faults({.capacity = disk.used()});
        wait(act.lasting);
        disk.set_faults({});
    } else {
        machine.set_pool_timing({.slow_per_mille = 200});
        wait(act.lasting);
        machine.set_pool_timing({});
    }
    attempt_judge_.disk_fails();
}

void Story::meddle() {
    using Action = SimServer::Action;
    const auto stored = server_.stored();
    for (const mail::StoredMessage& message : stored.value_or(std::vector<mail::StoredMessage>{})) {
        static constexpr Action actions[] = {Action::hold, Action::remove, Action::release, Action::flush, Action::expire};
        const Submission* sent = ledger_.find(key_of_address(message.envelope.reverse_path.address()));
        const bool ours = sent != nullptr && sent->treatment == Submission::Treatment::hold;  // stays where it is
        if (ours || random().chance(300) || !server_.machine().powered()) {
            continue;
        }
        attempt_judge_.meddled(message.id.text());
        const Action action = actions[random().below(std::size(actions))];
        const bool notification = sent == nullptr || message.envelope.reverse_path.is_null();
        if ((action == Action::expire || action == Action::remove) && notification) {
            continue;  // nobody would ever hear
        }
        if (action == Action::remove) {
            ledger_.may_be_removed(sent->key);
        }
        const bool done = server_.administer(message.id, action);
        attempt_judge_.meddled(message.id.text());
        if (done && (action == Action::hold || action == Action::remove)) {
            attempt_judge_.withdrawn(message.id.text(), action == Action::hold ? AttemptJudge::Withdrawn::held : AttemptJudge::Withdrawn::removed);
        }
    }
    if (!server_.machine().powered()) {
        darkness({.kind = Kind::power_loss, .after = {}, .lasting = seconds{5}}, Death::power);
    }
}

void Story::release_held() {
    const auto stored = server_.stored();
    for (const mail::StoredMessage& message : stored.value_or(std::vector<mail::StoredMessage>{})) {
        if (message.queue == mail::QueueName::hold && server_.machine().powered()) {
            attempt_judge_.meddled(message.id.text());
            server_.administer(message.id, SimServer::Action::release);
        }
    }
}

void Story::perform(const Act& act) {
    world_.scheduler.note(base::format("act: {}", name_of(act.kind)));
    switch (act.kind) {
        case Kind::power_loss:
            wait(act.after);
            darkness(act, Death::power);
            break;
        case Kind::power_loss_in_disk:
            server_.machine().disk().set_faults({.power_loss_at = act.count});
            world_.scheduler.run_until([this] { return !server_.machine().powered(); }, patience);
            darkness(act, Death::power);
            break;
        case Kind::power_loss_at_event:
        case Kind::kill: crash_at_event(act); break;
        case Kind::restart: restart(act); break;
        case Kind::reload:
        case Kind::broken_reload: reload(act); break;
        case Kind::flush:
            wait(act.after);
            attempt_judge_.flushed();
            server_.flush();
            attempt_judge_.flushed();
            break;
        case Kind::meddle:
            wait(act.after);
            meddle();
            break;
        case Kind::disk_error:
        case Kind::disk_full:
        case Kind::disk_slow: break_disk(act); break;
        case Kind::clock_jump:
            wait(act.after);
            world_.scheduler.injected("clock: wall time jumps");
            world_.scheduler.jump_wall(act.jump);
            attempt_judge_.clock_jumped();
            break;
        case Kind::zone_change:
            wait(act.after);
            change_zone(world_, random());
            break;
    }
}

}  // namespace posthouse::sim
