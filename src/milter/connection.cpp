#include "milter/connection.hpp"

#include "base/format.hpp"

namespace posthouse::milter {

using mail::MilterAnswer;
using Kind = Response::Kind;

namespace {

// How an event is sent, and which steps of the milter's spare it.
struct EventTraits {
    Command command;
    MacroStage stage;
    std::uint32_t unwanted, silent;
};

EventTraits traits_of(Event event) {
    switch (event) {
        case Event::connect: return {Command::connect, MacroStage::connect, steps::no_connect, steps::silent_connect};
        case Event::helo: return {Command::helo, MacroStage::helo, steps::no_helo, steps::silent_helo};
        case Event::mail: return {Command::mail, MacroStage::mail, steps::no_mail, steps::silent_mail};
        case Event::rcpt: return {Command::rcpt, MacroStage::rcpt, steps::no_rcpt, steps::silent_rcpt};
        case Event::data: return {Command::data, MacroStage::data, steps::no_data, steps::silent_data};
        case Event::unknown: break;
    }
    return {Command::unknown, MacroStage::unknown, steps::no_unknown, steps::silent_unknown};
}

MilterAnswer refuse(int code, std::string_view text) { return {MilterAnswer::Kind::refuse, smtp::Reply::make(code, text)}; }

std::string_view reason(const base::Error& error) {
    return error.kind == base::ErrorKind::timeout ? std::string_view("Connection timed out") : std::string_view(error.text);
}

}  // namespace

MilterAnswer Connection::end(MilterAnswer answer) {
    state_ = State::ended;
    standing_ = std::move(answer);
    stream_.reset();
    return standing_;
}

MilterAnswer Connection::lost(std::string warning) {
    doors_.events.warn(settings_->label, warning);
    const Server& server = place_->server;
    switch (server.default_action) {
        case DefaultAction::accept:
            doors_.events.warn(settings_->label, base::format("milter {}: mail goes on without it: the default action is \"accept\"", server.name));
            return end({});
        case DefaultAction::reject: return end(refuse(550, "5.5.0 Service unavailable"));
        case DefaultAction::tempfail: return end(refuse(451, "4.7.1 Service unavailable - try again later"));
        case DefaultAction::quarantine: return end({MilterAnswer::Kind::hold});
        case DefaultAction::unrecognized: break;
    }
    doors_.events.warn(settings_->label, base::format("milter {}: unrecognized default action: {}", server.name, server.default_action_text));
    return end(refuse(451, "4.3.5 Server configuration problem - try again later"));
}

MilterAnswer Connection::misbehaved(std::string_view what) { return lost(base::format("milter {}: {}", place_->server.name, what)); }

world::Task<bool> Connection::open() {
    const Server& server = place_->server;
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connecting = place_->connector->connect(doors_.clock.deadline_in(server.connect_timeout));
    auto connected = co_await std::move(connecting);
    if (!connected) {
        lost(base::format("connect to Milter service {}: {}", server.name, reason(connected.error())));
        co_return false;
    }
    stream_.emplace(std::move(*connected));
    world::Task<base::Result<void>> negotiating = negotiate();
    const auto negotiated = co_await std::move(negotiating);
    if (!negotiated) {
        misbehaved(negotiated.error().text);
        co_return false;
    }
    state_ = State::open;
    co_return true;
}

world::Task<base::Result<void>> Connection::negotiate() {
    append_packet(stream_->output(), Command::negotiate, encode_offer(settings_->offer));
    const auto sent = co_await flush(place_->server.command_timeout);
    if (!sent) {
        co_return base::fail(base::ErrorKind::closed, base::format("can't write SMFIC_OPTNEG command: {}", reason(sent.error())));
    }
    const world::Deadline deadline = doors_.clock.deadline_in(place_->server.command_timeout);
    for (;;) {
        const auto packet = next_packet(stream_->buffered());
        if (!packet) {
            co_return std::unexpected(packet.error());
        }
        if (*packet) {
            if ((*packet)->code != static_cast<char>(Command::negotiate)) {
                co_return base::fail(base::ErrorKind::invalid, "unexpected reply to SMFIC_OPTNEG: does it speak the milter protocol?");
            }
            auto agreement = parse_agreement((*packet)->data);
            stream_->consume((*packet)->size);
            if (!agreement) {
                co_return std::unexpected(agreement.error());
            }
            agreement_ = std::move(*agreement);
            break;
        }
        const auto more = co_await stream_->fill(deadline);
        if (!more || !*more) {
            co_return base::fail(base::ErrorKind::closed, base::format("can't read SMFIC_OPTNEG reply packet header: {}", more ? "lost connection" : reason(more.error())));
        }
    }
    const Offer& offer = settings_->offer;
    if (agreement_.version > offer.version) {
        co_return base::fail(base::ErrorKind::invalid, base::format("protocol version {} conflict: milter_protocol is {}", agreement_.version, offer.version));
    }
    if ((agreement_.actions & ~offer.actions) != 0 || (agreement_.steps & ~offer.steps) != 0) {
        co_return base::fail(base::ErrorKind::invalid, base::format("wants actions 0x{:x} and protocol steps 0x{:x}, which milter_protocol {} does not have", agreement_.actions & ~offer.actions,
                                                                    agreement_.steps & ~offer.steps, offer.version));
    }
    // Events that came with later versions.
    agreement_.steps |= agreement_.version < 3 ? steps::no_unknown : 0;
    agreement_.steps |= agreement_.version < 4 ? steps::no_data : 0;
    co_return base::Result<void>{};
}

world::Task<base::Result<void>> Connection::flush(std::chrono::seconds timeout) { return stream_->flush(doors_.clock.deadline_in(timeout)); }

void Connection::append_macros(Command command, MacroStage stage, const MacroSource& macros) {
    const auto& own = agreement_.macros[static_cast<std::size_t>(stage)];
    const std::vector<std::string>& names = own ? *own : settings_->macros[static_cast<std::size_t>(stage)];
    std::string data(1, static_cast<char>(command));
    for (const std::string& name : names) {
        const std::string key = macro_name(name);
        std::optional<std::string> value = key == "{daemon_name}" ? settings_->milter_macro_daemon_name : key == "v" ? settings_->milter_macro_v : macros(key);
        if (!value) {
            const auto found = settings_->milter_macro_defaults.find(key);
            if (found == settings_->milter_macro_defaults.end()) {
                continue;
            }
            value = found->second;
        }
        data.append(name).push_back('\0');
        data.append(*value).push_back('\0');
    }
    if (data.size() > 1) {
        append_packet(stream_->output(), Command::macros, data);
    }
}

world::Task<MilterAnswer> Connection::event(Event event, std::string data, const MacroSource& macros) {
    if (state_ == State::fresh) {
        world::Task<bool> opening = open();
        co_await std::move(opening);
    }
    if (!goes_on()) {
        co_return standing_;
    }
    const EventTraits traits = traits_of(event);
    in_message_ = in_message_ || event == Event::mail;
    if ((agreement_.steps & traits.unwanted) != 0) {
        co_return MilterAnswer{};
    }
    append_macros(traits.command, traits.stage, macros);
    append_packet(stream_->output(), traits.command, data);
    const Phase phase = event == Event::connect || event == Event::helo ? Phase::session : Phase::envelope;
    const auto sent = co_await flush(timeout_of(phase));
    if (!sent) {
        co_return misbehaved(base::format("can't write {} command: {}", command_name(traits.command), reason(sent.error())));
    }
    if ((agreement_.steps & traits.silent) != 0) {
        co_return MilterAnswer{};
    }
    world::Task<MilterAnswer> answering = answer_of(traits.command, phase, nullptr);
    co_return co_await std::move(answering);
}

world::Task<base::Result<Response>> Connection::read_response(std::chrono::seconds timeout) {
    const world::Deadline deadline = doors_.clock.deadline_in(timeout);
    for (;;) {
        const auto packet = next_packet(stream_->buffered());
        if (!packet) {
            co_return std::unexpected(packet.error());
        }
        if (*packet) {
            auto response = parse_response((*packet)->code, (*packet)->data);
            stream_->consume((*packet)->size);
            co_return response;
        }
        const auto more = co_await stream_->fill(deadline);
        if (!more) {
            co_return std::unexpected(more.error());
        }
        if (!*more) {
            co_return base::fail(base::ErrorKind::closed, "lost connection");
        }
    }
}

world::Task<MilterAnswer> Connection::answer_of(Command command, Phase phase, mail::MessageUnderReview* message) {
    for (;;) {
        world::Task<base::Result<Response>> reading = read_response(timeout_of(phase));
        base::Result<Response> response = co_await std::move(reading);
        if (!response) {
            const bool is_nonsense = response.error().kind == base::ErrorKind::invalid;
            co_return misbehaved(is_nonsense ? base::format("{} reply: {}", command_name(command), response.error().text)
                                             : base::format("can't read {} reply packet header: {}", command_name(command), reason(response.error())));
        }
        if (response->kind == Kind::progress) {
            continue;
        }
        if (is_change(response->kind) && message != nullptr) {
            world::Task<bool> applying = apply(std::move(*response), *message);
            if (!co_await std::move(applying)) {
                co_return standing_;
            }
            continue;
        }
        co_return conclude(*response, phase, command);
    }
}

MilterAnswer Connection::conclude(const Response& response, Phase phase, Command command) {
    MilterAnswer answer;
    switch (response.kind) {
        case Kind::go_on: return {};
        case Kind::accept: state_ = phase == Phase::session ? State::accepted_session : State::accepted_message; return {};
        case Kind::skip:
            if (command != Command::body) {
                return misbehaved(base::format("unexpected SMFIR_SKIP reply to {}", command_name(command)));
            }
            skips_body_ = true;
            return {};
        case Kind::reject: answer = refuse(550, "5.7.1 Command rejected"); break;
        case Kind::tempfail:
        case Kind::connection_failed: answer = refuse(451, "4.7.1 Service unavailable - try again later"); break;
        case Kind::reply_code: answer = {MilterAnswer::Kind::refuse, response.reply}; break;
        case Kind::shutdown: answer = {MilterAnswer::Kind::shutdown, smtp::Reply::make(421, "4.7.0 Server closing connection")}; break;
        case Kind::discard:
            if (phase == Phase::session) {
                return misbehaved(base::format("DISCARD action is not allowed for {}", command_name(command)));
            }
            return {MilterAnswer::Kind::discard};
        default: return misbehaved(base::format("unexpected change of the message in the reply to {}", command_name(command)));
    }
    // Of the client, not of a message: it stands for the rest of the session.
    return phase == Phase::session ? end(std::move(answer)) : answer;
}

void Connection::abort() {
    const bool told = std::exchange(in_message_, false);
    if (told && (state_ == State::open || state_ == State::accepted_message)) {
        state_ = State::open;
        append_packet(stream_->output(), Command::abort, {});
    }
}

world::Task<void> Connection::quit(world::Deadline deadline) {
    if (stream_) {
        append_packet(stream_->output(), Command::quit, {});
        const auto said = co_await stream_->flush(deadline);
        static_cast<void>(said);  // it is a courtesy
        stream_.reset();
    }
    state_ = State::ended;
    standing_ = {};
}

}  // namespace posthouse::milter
