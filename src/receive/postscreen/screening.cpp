#include "receive/postscreen/screening.hpp"

#include "base/format.hpp"
#include "receive/postscreen/dummy_engine.hpp"

namespace posthouse::receive::postscreen {

using smtp::Reply;

Screening::Screening(std::shared_ptr<const Screen> screen, world::Core& core, observe::EventSink& events, std::unique_ptr<world::Stream> stream)
    : screen_(std::move(screen)),
      settings_(*screen_->settings),
      core_(core),
      events_(events),
      talk_(screen_, core, events, std::move(stream)),
      address_(talk_.peer().address),
      client_(talk_.client()),
      visit_(screen_->clients, address_, settings_.postscreen_pre_queue_limit, events, settings_.label) {}

world::Task<std::unique_ptr<world::Stream>> Screening::run() {
    bool cancelled = false;
    try {
        world::Task<void> examining = examine();
        co_await std::move(examining);
        conclude();
        if (!results_.stays) {
            co_return talk_.hand_over();
        }
        if (!results_.hung_up) {
            world::Task<bool> saying = talk_.say(results_.last_reply);
            co_await std::move(saying);
        }
        log(base::format("DISCONNECT {}", client_));
        concluded_ = true;
        // A lingering TLS or TCP goodbye must not hold us: five seconds, ours.
        co_await talk_.stream().shutdown(core_.clock.deadline_in(std::chrono::seconds{5}));
    } catch (const world::Cancelled&) {
        cancelled = true;
    }
    if (cancelled && !concluded_) {
        world::Task<void> leaving = say_goodbye();
        co_await world::uncancellable(std::move(leaving));
    }
    co_return nullptr;
}

// The server stops. One write that does not wait.
world::Task<void> Screening::say_goodbye() {
    const std::string text = TestResults().last_reply.wire();
    const auto sent = co_await talk_.stream().write_all(text, core_.clock.deadline_in(std::chrono::milliseconds{200}));
    static_cast<void>(sent);
    log(base::format("DISCONNECT {}", client_));
}

std::int64_t Screening::wall_seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(core_.clock.wall_now().time_since_epoch()).count();
}

void Screening::drop(Reply reply) {
    results_.stays = true;
    results_.last_reply = std::move(reply);
}

world::Task<void> Screening::examine() {
    const base::Endpoint local = talk_.stream().local();
    log(base::format("CONNECT from {} to [{}]:{}", client_, local.address.text(), local.port));
    if (!has_room()) {
        co_return;
    }
    world::Task<Next> asking = ask_access_list();
    if (co_await std::move(asking) == Next::stop || recall()) {
        co_return;
    }
    world::Task<void> looking = look_at_address();
    co_await std::move(looking);
    if (visit_.arrival().screened >= settings_.postscreen_pre_queue_limit) {
        log(base::format("reject: connect from {}: all screening ports busy", client_));
        drop(Reply::make(421, "4.3.2 All screening ports are busy"));
        co_return;
    }
    if (results_.todo.has(Test::pregreet) || results_.todo.has(Test::dnsbl)) {
        world::Task<Next> testing = early_tests();
        if (co_await std::move(testing) == Next::stop) {
            co_return;
        }
    }
    const TestSet deep = results_.todo.both(TestSet{Test::pipelining, Test::non_smtp_command, Test::bare_newline});
    if (results_.stays || !results_.passed.contains(deep)) {
        results_.stays = true;
        const auto engine = std::make_unique<DummyEngine>(screen_, core_, events_, talk_, results_);  // most clients never need one
        world::Task<void> talking = engine->run();
        co_await std::move(talking);
    }
}

bool Screening::has_room() {
    const ScreenedClients::Arrival& arrival = visit_.arrival();
    const std::size_t limit = settings_.postscreen_client_connection_count_limit;
    if (limit > 0 && arrival.of_this_client > limit) {
        log(base::format("NOQUEUE: reject: CONNECT from {}: too many connections", client_));
        drop(Reply::make(421, "4.7.0 Error: too many connections"));
        return false;
    }
    if (arrival.waiting >= settings_.postscreen_post_queue_limit) {
        log(base::format("NOQUEUE: reject: CONNECT from {}: all server ports busy", client_));
        drop(Reply::make(421, "4.3.2 All server ports are busy"));
        return false;
    }
    return true;
}

world::Task<Screening::Next> Screening::ask_access_list() {
    const AccessList::Warn warn = [this](std::string text) { events_.warn(settings_.label, text); };
    world::Task<Access> judging = screen_->access_list.judge(address_, warn);
    switch (co_await std::move(judging)) {
        case Access::dunno: break;
        case Access::permit: log(base::format("{}LISTED {}", settings_.respectful_logging ? "ALLOW" : "WHITE", client_)); co_return Next::stop;
        case Access::reject:
            log(base::format("{}LISTED {}", settings_.respectful_logging ? "DENY" : "BLACK", client_));
            switch (settings_.postscreen_denylist_action) {
                case Action::ignore: break;
                case Action::enforce:
                    results_.denylisted = true;
                    results_.enforce(Reply::make(550, "5.3.2 Service currently unavailable"));
                    break;
                case Action::drop:
                    results_.denylisted = true;
                    drop(Reply::make(521, "5.3.2 Service currently unavailable"));
                    co_return Next::stop;
            }
            break;
    }
    co_return Next::go_on;
}

bool Screening::recall() {
    ScreenedClients& clients = *screen_->clients;
    const bool alone = visit_.arrival().of_this_client == 1;
    if (alone) {
        const auto known = screen_->cache && !results_.any_failed() ? screen_->cache->look_up(address_) : std::nullopt;
        clients.set_stamps(address_, known.value_or(TestStamps{}));
    }
    const TestStamps stamps = clients.stamps(address_);
    results_.is_new = stamps.is_new();
    results_.todo = stamps.due(settings_.enabled, wall_seconds());
    // Others of this client are being looked at: their results are not in yet, or they would not be here.
    if (!alone || results_.any_failed() || !results_.todo.empty() || stamps == TestStamps{}) {
        return false;
    }
    log(base::format("PASS OLD {}", client_));
    return true;
}

// Who connects to a backup MX only is not what it looks like (POSTSCREEN_README, "MX Policy test"). Doubt vetoes.
world::Task<void> Screening::look_at_address() {
    world::Task<tables::Match> matching = screen_->allowlist_interfaces.match_client("", talk_.stream().local().address);
    const tables::Match match = co_await std::move(matching);
    if (match.is_match()) {
        co_return;
    }
    results_.vetoed = true;
    results_.stays = true;
    log(base::format("{}LIST VETO {}", settings_.respectful_logging ? "ALLOW" : "WHITE", client_));
}

void Screening::conclude() {
    if (results_.any_failed()) {
        results_.passed.clear();
    }
    if (results_.passed.empty()) {
        return;
    }
    ScreenedClients& clients = *screen_->clients;
    if (results_.passed == results_.todo) {
        log(base::format("PASS {} {}", results_.is_new && clients.first_to_pass(address_) ? "NEW" : "OLD", client_));
    }
    // Also what is not complete: the rest may be passed in another session.
    if (screen_->cache) {
        const TestStamps stamps = clients.stamps(address_).kept(settings_.enabled);
        screen_->cache->update(address_, stamps);
        if (screen_->keeper) {
            screen_->keeper->keep(address_, stamps);
        }
    }
}

}  // namespace posthouse::receive::postscreen
