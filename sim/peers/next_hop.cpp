#include "sim/peers/next_hop.hpp"

#include "base/text.hpp"
#include "sim/peers/dialog.hpp"
#include "sim/peers/received_mail.hpp"
#include "sim/sim_stream.hpp"

namespace posthouse::sim {

using world::Task;

namespace {
constexpr std::size_t command_line_max = 4096;
constexpr Duration client_timeout = std::chrono::minutes(10);
}  // namespace

bool NextHop::start() {
    const auto socket = host_.network.listen(settings_.listen);
    if (!socket) {
        return false;
    }
    auto listener = host_.network.share(*socket);
    tasks_.spawn(accept_all(std::move(*listener)));
    return true;
}

Task<void> NextHop::accept_all(std::unique_ptr<world::Listener> listener) {
    for (;;) {
        auto stream = co_await listener->accept();
        if (stream) {
            ++connections_;
            tasks_.spawn(serve(std::move(*stream)));
        }
    }
}

Task<void> NextHop::serve(std::unique_ptr<world::Stream> stream) {
    Session session(std::move(stream));
    if (chance(settings_.greeting_refused_per_mille)) {
        co_await reply(session, "421 4.3.2 " + settings_.name + " not now");
        co_return;
    }
    co_await reply(session, "220 " + settings_.name + " ESMTP");
    while (!session.over) {
        const auto line = co_await session.stream.read_line(command_line_max, host_.clock.deadline_in(client_timeout));
        if (!line) {
            // A client that was told 250 goes on or says QUIT. One that is stopped meanwhile just closes.
            unconfirmed(session);
            co_return;
        }
        session.unconfirmed.clear();
        co_await handle(session, line->text);
    }
    unconfirmed(session);
}

void NextHop::unconfirmed(Session& session) {
    for (const auto& [key, recipient] : session.unconfirmed) {
        ledger_.delivery_uncertain(key, recipient);
    }
    session.unconfirmed.clear();
}

Task<void> NextHop::reply(Session& session, std::string text) {
    if (chance(settings_.stall_per_mille)) {
        co_await host_.clock.sleep_for(settings_.stall);
    }
    session.stream.queue(text + "\r\n");
    const auto sent = co_await session.stream.flush(host_.clock.deadline_in(client_timeout));
    session.over = session.over || !sent;
}

std::string NextHop::greet(const Session& session) const {
    std::vector<std::string> lines = settings_.keywords;
    if (settings_.tls != nullptr && !session.encrypted) {
        lines.emplace_back("STARTTLS");
    }
    std::string out = (lines.empty() ? "250 " : "250-") + settings_.name;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out += (i + 1 < lines.size() ? "\r\n250-" : "\r\n250 ") + lines[i];
    }
    return out;
}

std::string NextHop::answer_recipient(Session& session, const std::string& recipient) {
    const auto plan = settings_.recipients.find(recipient);
    if (!session.in_transaction) {
        return "503 5.5.1 need MAIL";
    }
    if (plan != settings_.recipients.end() && plan->second.refused) {
        return "550 5.1.1 no such user";
    }
    if (plan != settings_.recipients.end() && plan->second.temporary_failures > 0) {
        --plan->second.temporary_failures;
        return "450 4.2.0 mailbox busy";
    }
    if (chance(settings_.recipient_deferred_per_mille)) {
        return "450 4.2.1 try later";
    }
    session.recipients.push_back(recipient);
    return "250 2.1.5 Ok";
}

Task<void> NextHop::handle(Session& session, std::string line) {
    const std::string verb = base::upper(line.substr(0, line.find(' ')));
    std::string answer = "250 2.0.0 Ok";
    if (verb == "EHLO") {
        answer = greet(session);
    } else if (verb == "HELO") {
        answer = "250 " + settings_.name;
    } else if (verb == "MAIL") {
        session.reverse_path = path_of(line);
        session.in_transaction = true;
        session.recipients.clear();
    } else if (verb == "RCPT") {
        answer = answer_recipient(session, path_of(line));
    } else if (verb == "DATA" && !session.recipients.empty()) {
        co_await data(session);
        co_return;
    } else if (verb == "DATA") {
        answer = "554 5.5.1 no valid recipients";
    } else if (verb == "BDAT") {
        co_await bdat(session, std::move(line));
        co_return;
    } else if (verb == "STARTTLS" && settings_.tls != nullptr && !session.encrypted) {
        co_await start_tls(session);
        co_return;
    } else if (verb == "RSET") {
        session.in_transaction = false;
        session.recipients.clear();
    } else if (verb == "QUIT") {
        session.over = true;
        answer = "221 2.0.0 Bye";
    } else if (verb != "NOOP") {
        answer = "502 5.5.2 not known here";
    }
    co_await reply(session, std::move(answer));
}

Task<void> NextHop::start_tls(Session& session) {
    co_await reply(session, "220 2.0.0 Ready");
    const auto tls = co_await session.stream.stream().start_tls_server(settings_.tls, host_.clock.deadline_in(client_timeout));
    session.over = !tls;
    if (tls) {
        ++tls_sessions_;
        session.encrypted = true;
        if (session.stream.discard_buffered() > 0) {
            ledger_.complain(settings_.name + ": plain text after STARTTLS");
        }
    }
}

Task<void> NextHop::data(Session& session) {
    co_await reply(session, "354 go on");
    auto& stream = dynamic_cast<SimStream&>(session.stream.stream());
    if (chance(settings_.break_in_content_per_mille)) {
        stream.reset();
        session.over = true;
        co_return;
    }
    const auto content = co_await read_content(session.stream, host_.clock.deadline_in(client_timeout));
    if (!content) {
        session.over = true;
        co_return;
    }
    co_await end_data(session, *content);
}

// One chunk with all of the content, as the server under test sends it.
Task<void> NextHop::bdat(Session& session, std::string line) {
    auto& stream = dynamic_cast<SimStream&>(session.stream.stream());
    if (chance(settings_.break_in_content_per_mille)) {
        stream.reset();
        session.over = true;
        co_return;
    }
    if (!line.ends_with(" LAST")) {
        ledger_.complain(settings_.name + ": not the only chunk: " + line);
    }
    const std::size_t size = base::parse_number(line.substr(5, line.find(' ', 5) - 5)).value_or(0);
    const auto content = co_await read_chunk(session.stream, size, host_.clock.deadline_in(client_timeout));
    if (!content) {
        session.over = true;
        co_return;
    }
    if (session.recipients.empty()) {
        co_await reply(session, "554 5.5.1 no valid recipients");
        co_return;
    }
    co_await end_data(session, *content);
}

Task<void> NextHop::end_data(Session& session, const std::string& content) {
    std::string answer = "250 2.0.0 Ok: taken";
    if (chance(settings_.content_deferred_per_mille)) {
        answer = "451 4.3.0 try later";
    } else if (chance(settings_.content_refused_per_mille)) {
        answer = "554 5.6.0 not wanted";
    } else {
        session.unconfirmed = take(session, content);
    }
    session.in_transaction = false;
    session.recipients.clear();
    if (chance(settings_.break_before_reply_per_mille)) {
        dynamic_cast<SimStream&>(session.stream.stream()).reset();
        session.over = true;
        co_return;
    }
    co_await reply(session, std::move(answer));
}

std::vector<Promise> NextHop::take(const Session& session, const std::string& content) {
    ++messages_;
    const ReceivedMail mail = examine(content);
    std::vector<Promise> out;
    if (session.reverse_path.empty()) {
        for (const std::string& recipient : mail.failed_recipients) {
            ledger_.bounced(mail.key, recipient, host_.clock.now());
        }
        host_.world.scheduler.note("notification for " + mail.key);
        return out;
    }
    ledger_.compare_body(mail.key, mail.body);
    for (const std::string& recipient : session.recipients) {
        ledger_.delivered(mail.key, recipient, host_.clock.now());
        host_.world.scheduler.note("delivered " + mail.key + " " + recipient);
        out.emplace_back(mail.key, recipient);
    }
    return out;
}

}  // namespace posthouse::sim
