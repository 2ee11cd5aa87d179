#include "receive/postscreen/dummy_engine.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "observe/postfix_log.hpp"
#include "receive/postscreen/log_text.hpp"

namespace posthouse::receive::postscreen {

using smtp::Reply;
using smtp::Verb;

std::int64_t DummyEngine::wall_seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(core_.clock.wall_now().time_since_epoch()).count();
}

std::chrono::seconds DummyEngine::command_time_limit() const {
    const StressDependent& limit = settings_.postscreen_command_time_limit;
    return screen_->clients->stressed() ? limit.stressed : limit.normal;
}

Reply DummyEngine::try_later() const { return Reply::make(421, base::format("{} Service unavailable - try again later", settings_.myhostname)); }

DummyEngine::Next DummyEngine::stop(Reply reply) {
    results_.stays = true;
    results_.last_reply = std::move(reply);
    return Next::stop;
}

DummyEngine::Next DummyEngine::hung_up() {
    results_.stays = true;
    results_.hung_up = true;
    const double seconds = std::chrono::duration<double>(core_.clock.now() - began_).count();
    log(base::format("HANGUP after {} from {} in tests after SMTP handshake", observe::delay_text(seconds), client_));
    return Next::stop;
}

world::Task<void> DummyEngine::run() {
    began_ = core_.clock.now();
    if (results_.any_failed()) {
        results_.todo.add(TestSet{Test::pipelining, Test::non_smtp_command, Test::bare_newline});  // a bad client's log is worth more with them
    }
    hidden_ = settings_.postscreen_discard_ehlo_keywords;
    // Who did not wait for the greeting gets none: it would be taken for the answer to what was said.
    if (!results_.failed.has(Test::pregreet)) {
        world::Task<Next> greeting = say(Reply::make(220, settings_.smtpd_banner));
        if (co_await std::move(greeting) == Next::stop) {
            co_return;
        }
    }
    world::Task<void> talking = converse();
    co_await std::move(talking);
    if (tls_) {
        events_.info(settings_.tls_label, base::format("DISCONNECT {}", client_));
    }
}

world::Task<void> DummyEngine::converse() {
    for (;;) {
        world::Task<std::optional<EngineLine>> reading = next_line();
        std::optional<EngineLine> line = co_await std::move(reading);
        if (!line || look_at_line_end(*line) == Next::stop) {
            co_return;
        }
        if (screen_->command_filter) {
            world::Task<Next> filtering = filter(line->text);
            if (co_await std::move(filtering) == Next::stop) {
                co_return;
            }
        }
        world::Task<Next> obeying = obey(std::move(line->text));
        if (co_await std::move(obeying) == Next::stop) {
            co_return;
        }
    }
}

world::Task<std::optional<EngineLine>> DummyEngine::next_line() {
    const world::Deadline deadline = core_.clock.deadline_in(command_time_limit());  // for the whole line, however it trickles
    for (;;) {
        if (is_line_too_long(talk_.input(), settings_.line_length_limit)) {
            log(base::format("COMMAND LENGTH LIMIT from {} after {}", client_, where_));
            stop(try_later());
            co_return std::nullopt;
        }
        if (auto line = take_line(talk_.input())) {
            co_return std::move(line);
        }
        world::Task<base::Result<std::size_t>> listening = talk_.listen(deadline);
        const base::Result<std::size_t> heard = co_await std::move(listening);
        if (!heard && heard.error().kind == base::ErrorKind::timeout) {
            log(base::format("COMMAND TIME LIMIT from {} after {}", client_, where_));
            stop(Reply::make(421, base::format("4.4.2 {} Error: timeout exceeded", settings_.myhostname)));
            co_return std::nullopt;
        }
        if (!heard || *heard == 0) {
            hung_up();
            co_return std::nullopt;
        }
    }
}

world::Task<DummyEngine::Next> DummyEngine::filter(std::string& line) {
    const std::string said(base::trim_left(line));
    const tables::Lookup found = co_await screen_->command_filter->find(said);
    if (found.is_unknown()) {
        co_return stop(try_later());
    }
    if (found.is_found()) {
        log(base::format("{}: replacing command \"{:.100}\" with \"{:.100}\"", client_, base::printable(line), base::printable(found.value)));
        line = found.value;
    }
    co_return Next::go_on;
}

world::Task<DummyEngine::Next> DummyEngine::obey(std::string line) {
    EngineCommand command = read_command(line);
    world::Task<Next> looking = look_at_command(command);
    if (co_await std::move(looking) == Next::stop || look_for_pipelining(command) == Next::stop) {
        co_return Next::stop;
    }
    if (command.verb == Verb::rcpt) {
        pass_deep_tests();
    }
    if (++commands_ > settings_.postscreen_command_count_limit && command.verb != Verb::quit) {
        log(base::format("COMMAND COUNT LIMIT from {} after {}", client_, where_));
        co_return stop(try_later());
    }
    where_ = command.name;
    world::Task<Next> answering = answer(std::move(command));
    co_return co_await std::move(answering);
}

world::Task<DummyEngine::Next> DummyEngine::answer(EngineCommand command) {
    const bool before_tls = command.verb == Verb::helo || command.verb == Verb::ehlo || command.verb == Verb::starttls || command.verb == Verb::noop || command.verb == Verb::quit;
    if (command.verb != Verb::unknown && !before_tls && !tls_ && settings_.postscreen_tls_security_level == ScreenSettings::TlsLevel::encrypt) {
        return say(Reply::make(530, "5.7.0 Must issue a STARTTLS command first"));
    }
    struct Over {
        static world::Task<Next> session(Next next) { co_return next; }
    };
    switch (command.verb) {
        case Verb::helo: return say(helo(command.arguments));
        case Verb::ehlo: return ehlo(std::move(command.arguments));
        case Verb::starttls: return starttls(std::move(command.arguments));
        case Verb::mail: return say(mail(command.arguments));
        case Verb::rcpt: return say(rcpt(command.arguments));
        case Verb::data:
        case Verb::bdat: return Over::session(stop(data(command)));
        case Verb::rset: sender_.reset(); [[fallthrough]];
        case Verb::noop: return say(Reply::make(250, "2.0.0 Ok"));
        case Verb::vrfy: return say(vrfy(command.arguments));
        case Verb::etrn: return say(etrn(command.arguments));
        case Verb::quit: return Over::session(stop(Reply::make(221, "2.0.0 Bye")));
        case Verb::lhlo:
        case Verb::expn:
        case Verb::help:
        case Verb::auth:
        case Verb::xclient:
        case Verb::xforward:
        case Verb::unknown: break;
    }
    return say(Reply::make(502, "5.5.2 Error: command not recognized"));
}

}  // namespace posthouse::receive::postscreen
