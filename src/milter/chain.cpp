#include "milter/chain.hpp"

namespace posthouse::milter {

using mail::MilterAnswer;

namespace {

std::string with_zero(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
    text += '\0';
    return text;
}

}  // namespace

Chain::Chain(const milter::Milters& milters, MacroSource macros, Connection::Doors doors) : macros_(std::move(macros)) {
    connections_.reserve(milters.places.size());
    for (const auto& place : milters.places) {
        connections_.emplace_back(milters.settings, place, doors);
    }
}

world::Task<MilterAnswer> Chain::tell(Event event, std::string data) {
    for (Connection& connection : connections_) {
        world::Task<MilterAnswer> asking = connection.event(event, data, macros_);
        MilterAnswer answer = co_await std::move(asking);
        if (answer.kind != MilterAnswer::Kind::go_on) {
            co_return answer;
        }
    }
    co_return MilterAnswer{};
}

world::Task<MilterAnswer> Chain::connect(Client client) { return tell(Event::connect, encode_connect(client.name, client.address, client.port)); }
world::Task<MilterAnswer> Chain::helo(std::string name) { return tell(Event::helo, with_zero(std::move(name))); }
world::Task<MilterAnswer> Chain::mail(std::vector<std::string> words) { return tell(Event::mail, zero_terminated(words)); }
world::Task<MilterAnswer> Chain::rcpt(std::vector<std::string> words) { return tell(Event::rcpt, zero_terminated(words)); }
world::Task<MilterAnswer> Chain::data() { return tell(Event::data, {}); }
world::Task<MilterAnswer> Chain::unknown(std::string command) { return tell(Event::unknown, with_zero(std::move(command))); }

world::Task<void> Chain::refused_rcpt(std::vector<std::string> words) {
    const std::string data = zero_terminated(words);
    for (Connection& connection : connections_) {
        if (connection.wants_refused_recipients()) {
            world::Task<MilterAnswer> asking = connection.event(Event::rcpt, data, macros_);
            const MilterAnswer ignored = co_await std::move(asking);
            static_cast<void>(ignored);
        }
    }
}

bool Chain::wants_refused_recipients() const {
    return std::any_of(connections_.begin(), connections_.end(), [](const Connection& connection) { return connection.wants_refused_recipients(); });
}

MilterAnswer Chain::standing_answer() const {
    for (const Connection& connection : connections_) {
        if (connection.standing_answer().kind != MilterAnswer::Kind::go_on) {
            return connection.standing_answer();
        }
    }
    return {};
}

world::Task<MilterAnswer> Chain::inspect(mail::MessageUnderReview& message) {
    MilterAnswer first;
    for (Connection& connection : connections_) {
        if (message.has_failed()) {
            break;
        }
        world::Task<MilterAnswer> asking = connection.inspect(message, macros_);
        MilterAnswer answer = co_await std::move(asking);
        if (message.is_decided()) {
            co_return answer;
        }
        if (answer.kind == MilterAnswer::Kind::hold) {
            first = std::move(answer);  // the others have a look all the same
        } else if (answer.kind != MilterAnswer::Kind::go_on) {
            co_return answer;
        }
    }
    co_return first;
}

void Chain::abort() {
    for (Connection& connection : connections_) {
        connection.abort();
    }
}

world::Task<void> Chain::quit(world::Deadline deadline) {
    for (Connection& connection : connections_) {
        co_await connection.quit(deadline);
    }
}

}  // namespace posthouse::milter
