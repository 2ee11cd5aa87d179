// DummyEngine: what a client's lines say about it.
#include "base/case_fold.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/header_like.hpp"
#include "receive/postscreen/dummy_engine.hpp"
#include "receive/postscreen/log_text.hpp"

namespace posthouse::receive::postscreen {

using smtp::Reply;

namespace {
constexpr std::size_t logged_bytes_max = 100;
}

// The action of a test whose log line has been written.
DummyEngine::Next DummyEngine::failed(Test test, Reply drop_reply) {
    ScreenedClients& clients = *screen_->clients;
    const base::IpAddress& address = talk_.peer().address;
    results_.settled.add(test);
    results_.passed.remove(test);
    clients.set_stamp(address, test, TestStamps::not_asked);
    switch (settings_.action_of(test)) {
        case Action::ignore:
            // Not again before the result of some other test is over.
            results_.passed.add(test);
            clients.set_stamp(address, test, wall_seconds() + settings_.shortest_ttl().count());
            break;
        case Action::enforce:
            results_.failed.add(test);
            results_.enforce(Reply::make(550, "5.5.1 Protocol error"));
            break;
        case Action::drop: results_.failed.add(test); return stop(std::move(drop_reply));
    }
    return Next::go_on;
}

DummyEngine::Next DummyEngine::look_at_line_end(const EngineLine& line) {
    if (!line.bare_newline || !results_.is_due(Test::bare_newline)) {
        return Next::go_on;
    }
    log(base::format("BARE NEWLINE from {} after {}", client_, escaped(line.text, logged_bytes_max)));
    return failed(Test::bare_newline, Reply::make(521, "5.5.1 Protocol error"));
}

world::Task<DummyEngine::Next> DummyEngine::look_at_command(const EngineCommand& command) {
    if (command.is_known || !results_.is_due(Test::non_smtp_command)) {
        co_return Next::go_on;
    }
    bool forbidden = is_header_like(command.verb_text) || (settings_.smtputf8_enable && !base::is_utf8(command.verb_text));
    if (!forbidden && screen_->forbidden_commands) {
        world::Task<tables::Match> matching = screen_->forbidden_commands->match(command.verb_text);
        const tables::Match match = co_await std::move(matching);
        forbidden = match.is_match();
    }
    if (!forbidden) {
        co_return Next::go_on;
    }
    log(base::format("NON-SMTP COMMAND from {} after {}: {:.100} {}", client_, where_, base::printable(command.verb_text, base::NonAscii::replace),
                     escaped(command.rest, logged_bytes_max)));
    co_return failed(Test::non_smtp_command, Reply::make(521, "5.7.0 Error: I can break rules, too. Goodbye."));
}

DummyEngine::Next DummyEngine::look_for_pipelining(const EngineCommand& command) {
    if (talk_.input().empty() || command.verb == smtp::Verb::bdat || !results_.is_due(Test::pipelining)) {
        return Next::go_on;
    }
    log(base::format("COMMAND PIPELINING from {} after {:.100}: {}", client_, base::printable(command.verb_text, base::NonAscii::replace),
                     escaped(talk_.input(), logged_bytes_max)));
    return failed(Test::pipelining, Reply::make(521, "5.5.1 Protocol error"));
}

void DummyEngine::pass_deep_tests() {
    for (const Test test : deep_tests) {
        if (results_.todo.has(test) && !results_.passed.has(test) && !results_.failed.has(test)) {
            results_.passed.add(test);
            screen_->clients->set_stamp(talk_.peer().address, test, wall_seconds() + settings_.ttl_of(test).count());
        }
    }
}

}  // namespace posthouse::receive::postscreen
