// Screening: the tests before the greeting: who speaks too early, and whom DNS lists know.
#include "base/format.hpp"
#include "observe/postfix_log.hpp"
#include "receive/postscreen/log_text.hpp"
#include "receive/postscreen/screening.hpp"
#include "world/race.hpp"

namespace posthouse::receive::postscreen {

using smtp::Reply;

namespace {

Reply dnsbl_reply(int code, const base::IpAddress& client, const std::string& domain) {
    return Reply::make(code, base::format("5.7.1 Service unavailable; client [{}] blocked using {}", client.text(), domain));
}

}  // namespace

world::Task<Screening::Next> Screening::early_tests() {
    phase_began_ = core_.clock.now();
    const StressDependent& greet_wait = settings_.postscreen_greet_wait;
    const world::SteadyTime end = phase_began_ + (screen_->clients->stressed() ? greet_wait.stressed : greet_wait.normal);
    if (results_.todo.has(Test::pregreet)) {
        world::Task<bool> teasing = talk_.say_raw(base::format("220-{}\r\n", settings_.postscreen_greet_banner));
        if (!co_await std::move(teasing)) {
            hung_up();
            co_return Next::stop;
        }
    }
    DnsblLookup lookup(screen_, core_, events_);
    if (results_.todo.has(Test::dnsbl)) {
        lookup.start(address_);
    }
    Next next = Next::stop;
    std::exception_ptr error;
    try {
        world::Task<Next> waiting = wait_for_early_tests(lookup, end);
        next = co_await std::move(waiting);
    } catch (...) {
        error = std::current_exception();
    }
    world::Task<void> stopping = lookup.stop();
    co_await world::uncancellable(std::move(stopping));
    if (error) {
        std::rethrow_exception(error);
    }
    co_return next == Next::stop ? next : judge_early_tests(lookup);
}

world::Task<Screening::Next> Screening::wait_for_early_tests(DnsblLookup& lookup, world::SteadyTime end) {
    for (;;) {
        if (results_.is_due(Test::dnsbl) && lookup.is_complete()) {
            take_score(lookup.score());
            results_.settled.add(Test::dnsbl);
        }
        const bool listens = results_.is_due(Test::pregreet);
        if ((!listens && !results_.is_due(Test::dnsbl)) || core_.clock.now() >= end) {
            co_return Next::go_on;
        }
        if (listens) {
            world::Task<Next> hearing = hear(lookup, end);
            if (co_await std::move(hearing) == Next::stop) {
                co_return Next::stop;
            }
        } else {
            world::Task<void> answering = lookup.wait_complete();
            world::Task<void> sleeping = core_.clock.sleep_until(end);
            co_await world::race(std::move(answering), std::move(sleeping));
        }
    }
}

// Until the client speaks, the lists have answered or the time is over.
world::Task<Screening::Next> Screening::hear(DnsblLookup& lookup, world::SteadyTime end) {
    using Heard = base::Result<std::size_t>;
    world::Task<Heard> listening = talk_.listen(world::Deadline::at(end));
    Heard heard = std::size_t{0};
    if (results_.is_due(Test::dnsbl)) {
        world::Task<void> answering = lookup.wait_complete();
        auto first = co_await world::race(std::move(listening), std::move(answering));
        if (first.index() == 1) {
            co_return Next::go_on;
        }
        heard = std::move(std::get<0>(first));
    } else {
        heard = co_await std::move(listening);
    }
    if (!heard && heard.error().kind == base::ErrorKind::timeout) {
        co_return Next::go_on;
    }
    if (!heard || *heard == 0) {
        hung_up();
        co_return Next::stop;
    }
    co_return spoke_too_early();
}

Screening::Next Screening::spoke_too_early() {
    log(base::format("PREGREET {} after {} from {}: {:.100}", talk_.input().size(), observe::delay_text(elapsed()), client_, escaped(talk_.input(), talk_.input().size())));
    results_.failed.add(Test::pregreet);
    results_.settled.add(Test::pregreet);
    switch (settings_.postscreen_greet_action) {
        case Action::ignore: break;  // for the next time, too
        case Action::enforce: results_.enforce(Reply::make(550, "5.5.1 Protocol error")); break;
        case Action::drop: drop(Reply::make(521, "5.5.1 Protocol error")); return Next::stop;
    }
    return Next::go_on;
}

Screening::Next Screening::judge_early_tests(const DnsblLookup& lookup) {
    if (results_.is_due(Test::pregreet)) {
        screen_->clients->set_stamp(address_, Test::pregreet, wall_seconds() + settings_.postscreen_greet_ttl.count());
        results_.passed.add(Test::pregreet);
    }
    if (settings_.postscreen_greet_action == Action::ignore) {
        results_.failed.remove(Test::pregreet);
    }
    if (!results_.todo.has(Test::dnsbl)) {
        return Next::go_on;
    }
    if (!scored_) {
        take_score(lookup.score());
    }
    return judge_dnsbl(lookup.score());
}

// A client that good lists vouch for passes every other test, too.
void Screening::take_score(const DnsblScore& score) {
    scored_ = true;
    const int threshold = settings_.postscreen_dnsbl_allowlist_threshold;
    if (threshold >= 0 || results_.any_failed() || score.total() >= settings_.postscreen_dnsbl_threshold || score.total() > threshold) {
        return;
    }
    const auto ttl = score.time_to_live(settings_.postscreen_dnsbl_min_ttl, settings_.postscreen_dnsbl_max_ttl);
    const std::int64_t until = wall_seconds() + ttl.count();
    const TestStamps stamps = screen_->clients->stamps(address_);
    for (const Test test : all_tests) {
        if (test == Test::dnsbl) {
            continue;
        }
        if (results_.todo.has(test) && !results_.passed.has(test)) {
            results_.settled.add(test);
            results_.passed.add(test);
        }
        if (stamps[test] < until) {
            screen_->clients->set_stamp(address_, test, until);
        }
    }
}

Screening::Next Screening::judge_dnsbl(const DnsblScore& score) {
    if (score.total() < settings_.postscreen_dnsbl_threshold) {
        const auto ttl = score.time_to_live(settings_.postscreen_dnsbl_min_ttl, settings_.postscreen_dnsbl_max_ttl);
        screen_->clients->set_stamp(address_, Test::dnsbl, wall_seconds() + ttl.count());
        results_.passed.add(Test::dnsbl);
        return Next::go_on;
    }
    log(base::format("DNSBL rank {} for {}", score.total(), client_));
    switch (settings_.postscreen_dnsbl_action) {
        case Action::ignore: break;
        case Action::enforce:
            results_.failed.add(Test::dnsbl);
            results_.enforce(dnsbl_reply(550, address_, score.shown_domain()));
            break;
        case Action::drop:
            results_.failed.add(Test::dnsbl);
            drop(dnsbl_reply(521, address_, score.shown_domain()));
            return Next::stop;
    }
    return Next::go_on;
}

void Screening::hung_up() {
    results_.hung_up = true;
    results_.stays = true;
    log(base::format("HANGUP after {} from {} in tests before SMTP handshake", observe::delay_text(elapsed()), client_));
}

}  // namespace posthouse::receive::postscreen
