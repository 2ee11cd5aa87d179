// Connection: the content of a message on its way to a milter, and the changes on their way back.
#include "base/format.hpp"
#include "base/text.hpp"
#include "milter/connection.hpp"

namespace posthouse::milter {

using mail::MilterAnswer;
using Kind = Response::Kind;

namespace {

// What a milter sees behind the colon: lines end in LF inside, and the space after the colon is not part of it, unless it wants it.
std::string value_for_milter(std::string_view text, std::uint32_t agreed) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text.substr(text.find(':') + 1)) {
        if (c != '\r') {
            out += c;
        }
    }
    if (out.ends_with('\n')) {
        out.pop_back();
    }
    if ((agreed & steps::leading_space) == 0) {
        out.erase(0, std::min(out.find_first_not_of(" \t"), out.size()));
    }
    return out;
}

bool is_field_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

}  // namespace

world::Task<MilterAnswer> Connection::inspect(mail::MessageUnderReview& message, const MacroSource& macros) {
    if (!goes_on()) {
        const bool accepted = state_ == State::accepted_message;
        state_ = accepted ? State::open : state_;
        in_message_ = in_message_ && !accepted;
        if (accepted) {
            append_packet(stream_->output(), Command::abort, {});  // it will hear of no end of this message
        }
        co_return standing_;
    }
    holds_ = skips_body_ = replaces_body_ = false;
    world::Task<MilterAnswer> sending = send_header(message);
    MilterAnswer answer = co_await std::move(sending);
    if (goes_on() && answer.kind == MilterAnswer::Kind::go_on && (agreement_.steps & steps::no_end_of_header) == 0) {
        append_macros(Command::end_of_header, MacroStage::end_of_header, macros);
        world::Task<MilterAnswer> asking = tell(Command::end_of_header, std::string(), answered(steps::silent_end_of_header));
        answer = co_await std::move(asking);
    }
    if (goes_on() && answer.kind == MilterAnswer::Kind::go_on && (agreement_.steps & steps::no_body) == 0) {
        world::Task<MilterAnswer> bodying = send_body(message);
        answer = co_await std::move(bodying);
    }
    if (goes_on() && answer.kind == MilterAnswer::Kind::go_on) {
        append_macros(Command::end_of_body, MacroStage::end_of_body, macros);
        append_packet(stream_->output(), Command::end_of_body, {});
        const auto sent = co_await flush(place_->server.content_timeout);
        if (!sent) {
            co_return misbehaved(base::format("can't write SMFIC_BODYEOB command: {}", sent.error().text));
        }
        world::Task<MilterAnswer> answering = answer_of(Command::end_of_body, Phase::end, &message);
        answer = co_await std::move(answering);
        in_message_ = false;
    }
    if (state_ == State::accepted_message) {
        state_ = State::open;
        if (std::exchange(in_message_, false)) {
            append_packet(stream_->output(), Command::abort, {});
        }
    }
    if (holds_ && answer.kind == MilterAnswer::Kind::go_on) {
        answer.kind = MilterAnswer::Kind::hold;
    }
    co_return answer;
}

world::Task<MilterAnswer> Connection::tell(Command command, std::string data, Answered answered) {
    append_packet(stream_->output(), command, data);
    constexpr std::size_t gathered_max = 64 * 1024;
    if (answered == Answered::no && stream_->queued() < gathered_max) {
        co_return MilterAnswer{};
    }
    const auto sent = co_await flush(place_->server.content_timeout);
    if (!sent) {
        co_return misbehaved(base::format("can't write {} command: {}", command_name(command), sent.error().text));
    }
    if (answered == Answered::no) {
        co_return MilterAnswer{};
    }
    world::Task<MilterAnswer> answering = answer_of(command, Phase::content, nullptr);
    co_return co_await std::move(answering);
}

world::Task<MilterAnswer> Connection::send_header(mail::MessageUnderReview& message) {
    if ((agreement_.steps & steps::no_header) != 0) {
        co_return MilterAnswer{};
    }
    for (std::size_t i = 0; i < message.field_count(); ++i) {
        const auto field = message.field(i);
        if (field.own) {
            continue;
        }
        std::string data(field.name);
        data += '\0';
        data += value_for_milter(field.text, agreement_.steps);
        data += '\0';
        world::Task<MilterAnswer> asking = tell(Command::header, std::move(data), answered(steps::silent_header));
        MilterAnswer answer = co_await std::move(asking);
        if (answer.kind != MilterAnswer::Kind::go_on || !goes_on()) {
            co_return answer;
        }
    }
    co_return MilterAnswer{};
}

world::Task<MilterAnswer> Connection::send_body(mail::MessageUnderReview& message) {
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> opening = message.body();
    auto reader = co_await std::move(opening);
    while (reader && !skips_body_) {
        world::Task<base::Result<mail::Block>> reading = (*reader)->next();
        const auto block = co_await std::move(reading);
        if (!block) {
            reader = std::unexpected(block.error());
            break;
        }
        if (*block == nullptr) {
            break;
        }
        for (std::size_t at = 0; at < (*block)->size() && !skips_body_; at += body_chunk_max) {
            world::Task<MilterAnswer> asking = tell(Command::body, (*block)->substr(at, body_chunk_max), answered(steps::silent_body));
            MilterAnswer answer = co_await std::move(asking);
            if (answer.kind != MilterAnswer::Kind::go_on || !goes_on()) {
                co_return answer;
            }
        }
    }
    if (!reader) {
        co_return misbehaved(base::format("the message cannot be read for it: {}", reader.error().text));
    }
    co_return MilterAnswer{};
}

// False: it cannot be done, and standing_ is the answer.
world::Task<bool> Connection::apply(Response response, mail::MessageUnderReview& message) {
    const bool is_field = response.kind == Kind::add_header || response.kind == Kind::insert_header || response.kind == Kind::change_header;
    if (is_field && !is_field_name(response.name)) {
        misbehaved(base::format("bad header name in its reply: \"{:.100}\"", base::printable(response.name)));
        co_return false;
    }
    const std::string field = base::format("{}:{}{}", response.name, (agreement_.steps & steps::leading_space) != 0 ? "" : " ", response.text);
    switch (response.kind) {
        case Kind::add_header: {
            world::Task<void> adding = message.add_field(field);
            co_await std::move(adding);
            break;
        }
        case Kind::insert_header: {
            world::Task<void> inserting = message.insert_field(response.index, field);
            co_await std::move(inserting);
            break;
        }
        case Kind::change_header:
            if (response.text.empty()) {
                message.delete_field(std::max(1U, response.index), response.name);
            } else {
                world::Task<void> changing = message.change_field(std::max(1U, response.index), response.name, field);
                co_await std::move(changing);
            }
            break;
        case Kind::change_sender: message.change_sender(response.name, response.text); break;
        case Kind::add_recipient: message.add_recipient(response.name, response.text); break;
        case Kind::delete_recipient: message.delete_recipient(response.name); break;
        case Kind::quarantine: holds_ = true; break;
        case Kind::replace_body: {
            if (!std::exchange(replaces_body_, true)) {
                message.begin_body();
            }
            world::Task<void> appending = message.append_body(std::move(response.text));
            co_await std::move(appending);
            break;
        }
        default: break;
    }
    if (message.has_failed()) {
        // It may have endless more to say. Without having heard it out there is no next question.
        doors_.events.warn(settings_->label, base::format("milter {}: a change of the message cannot be made: connection closed", place_->server.name));
        end({MilterAnswer::Kind::refuse, smtp::Reply::make(451, "4.7.1 Service unavailable - try again later")});
        co_return false;
    }
    co_return true;
}

}  // namespace posthouse::milter
