#include "sim/peers/next_hop.hpp"

#include "base/text.hpp"
#include "sim/peers/dialog.hpp"
#include "sim/peers/listening.hpp"
#include "sim/sim_stream.hpp"

namespace posthouse::sim {

using world::Task;

namespace {
constexpr std::size_t command_line_max = 4096;
constexpr Duration client_timeout = std::chrono::minutes(10);
}  // namespace

bool NextHop::start() {
    awake_at_ = host_.clock.now() + settings_.asleep_for;
    return listen_at(host_, settings_.listen, tasks_, [this](std::unique_ptr<world::Stream> stream) {
        ++connections_;
        return serve(std::move(stream));
    });
}

Task<void> NextHop::serve(std::unique_ptr<world::Stream> stream) {
    Session session(std::move(stream));
    session.reads_slowly = chance(settings_.temper.slow_reader_per_mille);
    session.half_closes = chance(settings_.temper.half_close_per_mille);
    if (host_.clock.now() < awake_at_ || chance(settings_.greeting_refused_per_mille)) {
        injected("next hop: 421");
        co_await reply(session, "421 4.3.2 " + settings_.name + " not now");
        co_return;
    }
    const bool refused = co_await refuse(session, Stage::greeting);
    if (refused) {
        co_return;
    }
    co_await reply(session, "220 " + settings_.name + " ESMTP");
    while (!session.over) {
        const auto line = co_await session.stream.read_line(command_line_max, host_.clock.deadline_in(client_timeout));
        if (!line) {
            // A client that was told 250 goes on or says QUIT. One that is stopped meanwhile just closes.
            unconfirmed(session);
            end_transaction(session);
            co_return;
        }
        confirm(session);
        if (session.half_closes && chance(100)) {
            injected("next hop: half-close");
            dynamic_cast<SimStream&>(session.stream.stream()).finish_writing();
            session.half_closes = false;
        }
        co_await handle(session, line->text);
    }
    if (session.confirmed_at > 0) {
        // QUIT came along with the content, so it says nothing of our reply: did the client close after reading it?
        const auto end = co_await session.stream.fill(host_.clock.deadline_in(client_timeout));
        if (end && !*end) {
            confirm(session);
        }
    }
    unconfirmed(session);
    end_transaction(session);
}

void NextHop::confirm(Session& session) {
    const auto& stream = dynamic_cast<SimStream&>(session.stream.stream());
    if (session.confirmed_at > 0 && stream.heard() >= session.confirmed_at) {
        session.unconfirmed.clear();
        session.unconfirmed_notices.clear();
        session.confirmed_at = 0;
    }
}

void NextHop::end_transaction(Session& session) {
    session.counted.reset();
    session.in_transaction = false;
    session.recipients.clear();
    session.recipient_parameters.clear();
    session.doubtful.clear();
    session.doubtful_mail = false;
}

void NextHop::unconfirmed(Session& session) {
    for (const auto& [key, recipient] : session.unconfirmed) {
        ledger_.delivery_uncertain(key, recipient);
    }
    session.unconfirmed.clear();
    for (const auto& [key, recipient] : session.unconfirmed_notices) {
        ledger_.notice_uncertain(key, recipient);
    }
    session.unconfirmed_notices.clear();
    session.confirmed_at = 0;
}

Task<void> NextHop::reply(Session& session, std::string text) {
    constexpr Duration pause = std::chrono::seconds(3);
    if (chance(settings_.stall_per_mille)) {
        injected("next hop: stall");
        co_await host_.clock.sleep_for(settings_.stall);
    }
    ShapedReply shape = shaped(std::move(text), settings_.temper, random());
    session.reply_understood = shape.understood;
    if (!shape.understood) {
        injected("next hop: no proper reply");
        unconfirmed(session);
    }
    const std::size_t step = shape.drips ? std::max<std::size_t>(1, shape.bytes.size() / 8) : shape.bytes.size();
    for (std::size_t at = 0; at < shape.bytes.size(); at += step) {
        session.stream.queue(shape.bytes.substr(at, step));
        const auto sent = co_await session.stream.flush(host_.clock.deadline_in(client_timeout));
        if (!sent) {
            session.over = true;
            co_return;
        }
        if (shape.drips && at + step < shape.bytes.size()) {
            co_await host_.clock.sleep_for(pause);
        }
    }
    if (session.confirmed_at == 0 && !(session.unconfirmed.empty() && session.unconfirmed_notices.empty())) {
        session.confirmed_at = dynamic_cast<SimStream&>(session.stream.stream()).written();
    }
    if (shape.drips) {
        injected("next hop: a reply in drops");
    }
}

Task<bool> NextHop::refuse(Session& session, Stage stage) {
    const Refusal refusal = refusal_at(stage, settings_.temper, random());
    switch (refusal.kind) {
        case Refusal::Kind::none: co_return false;
        case Refusal::Kind::break_off:
            injected("next hop: breaks the connection");
            dynamic_cast<SimStream&>(session.stream.stream()).reset();
            session.over = true;
            co_return true;
        case Refusal::Kind::goodbye:
            injected("next hop: 421");
            session.over = true;
            break;
        case Refusal::Kind::temporary: injected("next hop: 4yz"); break;
        case Refusal::Kind::permanent: injected("next hop: 5yz"); break;
    }
    co_await reply(session, refusal.reply);
    co_return true;
}

bool NextHop::offers(std::string_view keyword) const {
    return std::ranges::find(settings_.keywords, keyword) != settings_.keywords.end();
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
    if (settings_.temper.greylists) {
        constexpr Duration grey = std::chrono::minutes(5);
        const auto first = first_seen_.try_emplace(session.reverse_path + ' ' + recipient, host_.clock.now()).first->second;
        if (host_.clock.now() - first < grey) {
            injected("next hop: greylisting");
            return "450 4.7.1 greylisted, come back later";
        }
    }
    session.recipients.push_back(recipient);
    return "250 2.1.5 Ok";
}

Task<void> NextHop::mail(Session& session, std::string line) {
    const bool refused = co_await refuse(session, Stage::mail);
    if (refused) {
        co_return;
    }
    end_transaction(session);
    session.reverse_path = path_of(line);
    session.mail_parameters = line.substr(line.find('>') + 1);
    session.in_transaction = true;
    co_await reply(session, "250 2.1.0 Ok");
    session.doubtful_mail = !session.reply_understood;
}

Task<void> NextHop::rcpt(Session& session, std::string line) {
    const bool refused = co_await refuse(session, Stage::rcpt);
    if (refused) {
        co_return;
    }
    const std::string recipient = path_of(line);
    if (session.in_transaction) {
        check_protection(session, recipient);
    }
    std::string answer = answer_recipient(session, recipient);
    if (answer.starts_with("250")) {
        session.recipient_parameters.push_back(line.substr(line.find('>') + 1));
        // Of an EHLO reply too long to be heard: what is used was heard.
        session.knows_dsn = session.knows_dsn || (offers("DSN") && session.recipient_parameters.back().find(" ORCPT=") != std::string::npos);
        if (judge_ != nullptr && session.counted == nullptr) {
            const auto& stream = dynamic_cast<const SimStream&>(session.stream.stream());
            session.counted = judge_->begin(recipient, [&stream] { return !stream.abandoned(); });
        }
    }
    const bool taken = answer.starts_with("250");
    co_await reply(session, std::move(answer));
    if (taken && !session.reply_understood) {
        session.doubtful.insert(recipient);
    }
}

Task<void> NextHop::handle(Session& session, std::string line) {
    const std::string verb = base::upper(line.substr(0, line.find(' ')));
    if (verb == "MAIL") {
        co_await mail(session, std::move(line));
        co_return;
    }
    if (verb == "RCPT") {
        co_await rcpt(session, std::move(line));
        co_return;
    }
    if (verb == "DATA" && !session.recipients.empty()) {
        co_await data(session);
        co_return;
    }
    if (verb == "BDAT") {
        co_await bdat(session, std::move(line));
        co_return;
    }
    if (verb == "STARTTLS" && settings_.tls != nullptr && !session.encrypted) {
        co_await start_tls(session);
        co_return;
    }
    if (verb == "AUTH") {
        co_await log_in(session, std::move(line));
        co_return;
    }
    std::string answer = "250 2.0.0 Ok";
    if (verb == "EHLO") {
        session.knows_dsn = session.offered_eight_bit = session.offered_utf8 = session.knows_login = false;
        const bool refused = co_await refuse(session, Stage::ehlo);
        if (refused) {
            co_return;
        }
        co_await reply(session, greet(session));
        session.knows_dsn = offers("DSN") && session.reply_understood;
        session.offered_eight_bit = offers("8BITMIME");
        session.offered_utf8 = offers("SMTPUTF8");
        session.knows_login = offers("AUTH PLAIN") && session.reply_understood;
        co_return;
    } else if (verb == "HELO") {
        session.knows_dsn = session.offered_eight_bit = session.offered_utf8 = session.knows_login = false;
        answer = "250 " + settings_.name;
    } else if (verb == "DATA") {
        answer = "554 5.5.1 no valid recipients";
    } else if (verb == "RSET") {
        end_transaction(session);
    } else if (verb == "QUIT") {
        session.over = true;
        answer = "221 2.0.0 Bye";
    } else if (verb != "NOOP") {
        answer = "502 5.5.2 not known here";
    }
    co_await reply(session, std::move(answer));
}

Task<void> NextHop::data(Session& session) {
    const bool refused = co_await refuse(session, Stage::data);
    if (refused) {
        end_transaction(session);
        co_return;
    }
    co_await reply(session, "354 go on");
    if (chance(settings_.break_in_content_per_mille)) {
        injected("next hop: breaks off in the content");
        dynamic_cast<SimStream&>(session.stream.stream()).reset();
        session.over = true;
        co_return;
    }
    co_await take_content(session);
    end_transaction(session);
}

Task<base::Result<std::string>> NextHop::receive(Session& session) {
    constexpr Duration pause = std::chrono::seconds(20);
    if (session.reads_slowly) {
        injected("next hop: slow reader");
        co_await host_.clock.sleep_for(pause);
    }
    auto content = co_await read_content(session.stream, host_.clock.deadline_in(client_timeout));
    if (session.reads_slowly) {
        co_await host_.clock.sleep_for(pause);
    }
    co_return std::move(content);
}

Task<void> NextHop::take_content(Session& session) {
    const auto content = co_await receive(session);
    if (!content) {
        session.over = true;
        co_return;
    }
    if (content->empty()) {
        // What a client that pipelined DATA sends if it takes no reply to RCPT for a yes.
        co_await reply(session, "554 5.5.1 no valid recipients");
        co_return;
    }
    co_await end_data(session, *content);
}

// One chunk with all of the content, as the server under test sends it. It comes whether its recipients were taken or not.
Task<void> NextHop::bdat(Session& session, std::string line) {
    if (chance(settings_.break_in_content_per_mille)) {
        injected("next hop: breaks off in the content");
        dynamic_cast<SimStream&>(session.stream.stream()).reset();
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
    end_transaction(session);
}

Task<void> NextHop::end_data(Session& session, const std::string& content) {
    std::string answer = "250 2.0.0 Ok: taken";
    Refusal refusal = refusal_at(Stage::content, settings_.temper, random());
    if (chance(settings_.content_deferred_per_mille)) {
        refusal = {Refusal::Kind::temporary, "451 4.3.0 try later"};
    } else if (chance(settings_.content_refused_per_mille)) {
        refusal = {Refusal::Kind::permanent, "554 5.6.0 not wanted"};
    }
    if (refusal.kind == Refusal::Kind::none) {
        session.unconfirmed = take(session, content);
    } else {
        injected("next hop: refuses after the final dot");
        answer = refusal.reply;
        session.over = session.over || refusal.kind == Refusal::Kind::goodbye;
        if (refusal.kind == Refusal::Kind::permanent && is_notification(session, content)) {
            session.unconfirmed = take_notification(session, content, Taken::refused);
        }
    }
    const bool breaks = refusal.kind == Refusal::Kind::break_off;
    if (breaks || chance(settings_.break_before_reply_per_mille)) {
        injected("next hop: breaks off after the final dot");
        dynamic_cast<SimStream&>(session.stream.stream()).reset();
        session.over = true;
        co_return;
    }
    co_await reply(session, std::move(answer));
    if (session.counted != nullptr && session.reply_understood && !session.over) {
        session.counted->complete();
    }
}

}  // namespace posthouse::sim
