// Screening: the tests before the greeting: who speaks too early, and whom DNS lists know.
#include "base/format.hpp"
#include "observe/postfix_log.hpp"
#include "receive/postscreen/log_text.hpp"
#include "receive/postscreen/screening.hpp"
#include "world/race.hpp"

namespace posthouse::receive::postscreen {

using smtp::Reply;

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
    if (next == Next::stop) {
        co_return next;
    }
    world::Task<Next> judging = judge_early_tests(lookup.score());
    co_return co_await std::move(judging);
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

world::Task<Screening::Next> Screening::judge_early_tests(DnsblScore score) {
    if (results_.is_due(Test::pregreet)) {
        screen_->clients->set_stamp(address_, Test::pregreet, wall_seconds() + settings_.postscreen_greet_ttl.count());
        results_.passed.add(Test::pregreet);
    }
    if (settings_.postscreen_greet_action == Action::ignore) {
        results_.failed.remove(Test::pregreet);
    }
    if (!results_.todo.has(Test::dnsbl)) {
        co_return Next::go_on;
    }
    if (!scored_) {
        take_score(score);
    }
    world::Task<Next> judging = judge_dnsbl(std::move(score));
    co_return co_await std::move(judging);
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

world::Task<Screening::Next> Screening::judge_dnsbl(DnsblScore score) {
    if (score.total() < settings_.postscreen_dnsbl_threshold) {
        const auto ttl = score.time_to_live(settings_.postscreen_dnsbl_min_ttl, settings_.postscreen_dnsbl_max_ttl);
        screen_->clients->set_stamp(address_, Test::dnsbl, wall_seconds() + ttl.count());
        results_.passed.add(Test::dnsbl);
        co_return Next::go_on;
    }
    log(base::format("DNSBL rank {} for {}", score.total(), client_));
    if (settings_.postscreen_dnsbl_action == Action::ignore) {
        co_return Next::go_on;
    }
    results_.failed.add(Test::dnsbl);
    const bool drops = settings_.postscreen_dnsbl_action == Action::drop;
    world::Task<Reply> making = dnsbl_reply(drops ? 521 : 550, score.domain());
    Reply reply = co_await std::move(making);
    if (drops) {
        drop(std::move(reply));
        co_return Next::stop;
    }
    results_.enforce(std::move(reply));
    co_return Next::go_on;
}

// A list's name may hold a password; a table that cannot say by what to replace it must not betray it.
world::Task<Reply> Screening::dnsbl_reply(int code, std::string domain) {
    if (screen_->dnsbl_reply_maps) {
        const tables::Lookup found = co_await screen_->dnsbl_reply_maps->find(domain);
        if (found.is_unknown()) {
            events_.warn(settings_.label, base::format("postscreen_dnsbl_reply_map: lookup error for {}: {}", domain, found.reason));
        }
        domain = found.is_found() ? found.value : found.is_unknown() ? "a DNS list" : domain;
    }
    co_return Reply::make(code, base::format("5.7.1 Service unavailable; client [{}] blocked using {}", address_.text(), domain));
}

void Screening::hung_up() {
    results_.hung_up = true;
    results_.stays = true;
    log(base::format("HANGUP after {} from {} in tests before SMTP handshake", observe::delay_text(elapsed()), client_));
}

}  // namespace posthouse::receive::postscreen
