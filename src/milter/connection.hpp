#pragma once
// Connection: one milter during one SMTP session. Made before the first event, connected by it, kept for the session's messages. After a
// failure it asks nobody any more: every event has the default action. Lives on its session's core.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mail/milters.hpp"
#include "milter/settings.hpp"
#include "observe/event.hpp"
#include "world/buffered_stream.hpp"
#include "world/clock.hpp"

namespace posthouse::milter {

/// How a connection comes about. One for each milter and core.
class Connector {
public:
    virtual ~Connector() = default;
    virtual world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline deadline) = 0;
};

/// A milter as a service of one core knows it.
struct Place {
    Server server;
    std::shared_ptr<Connector> connector;
};

/// A macro's value by its name ("i", "{client_addr}"); nullopt: it has none now.
using MacroSource = std::function<std::optional<std::string>(std::string_view name)>;

/// What a milter is told and asked, apart from a message's content.
enum class Event : std::uint8_t { connect, helo, mail, rcpt, data, unknown };

class Connection {
public:
    struct Doors {
        const world::Clock& clock;
        observe::EventSink& events;
    };
    Connection(std::shared_ptr<const Settings> settings, std::shared_ptr<const Place> place, Doors doors)
        : settings_(std::move(settings)), place_(std::move(place)), doors_(doors) {}

    /// `data` as on the wire.
    world::Task<mail::MilterAnswer> event(Event event, std::string data, const MacroSource& macros);
    /// The content, and what the milter wants done to it.
    world::Task<mail::MilterAnswer> inspect(mail::MessageUnderReview& message, const MacroSource& macros);
    /// What is said already is the answer to everything: the milter refused the client, or it failed.
    [[nodiscard]] const mail::MilterAnswer& standing_answer() const { return standing_; }
    [[nodiscard]] bool wants_refused_recipients() const { return state_ == State::open && (agreement_.steps & steps::refused_recipients) != 0; }
    /// The transaction ends without a message. Told with the next event.
    void abort();
    /// Says good-bye, and does not wait long for it.
    world::Task<void> quit(world::Deadline deadline);

private:
    enum class State : std::uint8_t {
        fresh,             // not connected yet
        open,
        accepted_session,  // it wants to hear no more of this client
        accepted_message,  // no more of this message
        ended,             // standing_ says how
    };
    enum class Phase : std::uint8_t { session, envelope, content, end };

    world::Task<bool> open();
    world::Task<base::Result<void>> negotiate();
    /// A part of the content. Without an answer it is gathered, and sent with what follows.
    enum class Answered : std::uint8_t { yes, no };
    [[nodiscard]] Answered answered(std::uint32_t silent_step) const { return (agreement_.steps & silent_step) != 0 ? Answered::no : Answered::yes; }
    world::Task<mail::MilterAnswer> tell(Command command, std::string data, Answered answered);
    world::Task<mail::MilterAnswer> answer_of(Command command, Phase phase, mail::MessageUnderReview* message);
    mail::MilterAnswer conclude(const Response& response, Phase phase, Command command);
    world::Task<bool> apply(Response response, mail::MessageUnderReview& message);
    world::Task<mail::MilterAnswer> send_header(mail::MessageUnderReview& message);
    world::Task<mail::MilterAnswer> send_body(mail::MessageUnderReview& message);
    world::Task<base::Result<Response>> read_response(std::chrono::seconds timeout);
    world::Task<base::Result<void>> flush(std::chrono::seconds timeout);
    void append_macros(Command command, MacroStage stage, const MacroSource& macros);
    [[nodiscard]] bool goes_on() const { return state_ == State::open; }
    [[nodiscard]] std::chrono::seconds timeout_of(Phase phase) const {
        return phase == Phase::content || phase == Phase::end ? place_->server.content_timeout : place_->server.command_timeout;
    }
    /// The milter cannot be asked: its default action from now on.
    mail::MilterAnswer lost(std::string warning);
    /// It says what the protocol does not know.
    mail::MilterAnswer misbehaved(std::string_view what);
    mail::MilterAnswer end(mail::MilterAnswer answer);

    std::shared_ptr<const Settings> settings_;
    std::shared_ptr<const Place> place_;
    Doors doors_;
    std::optional<world::BufferedStream> stream_;
    Agreement agreement_;
    State state_ = State::fresh;
    mail::MilterAnswer standing_;
    bool in_message_ = false;     // MAIL was said: an end without message is worth an abort
    bool holds_ = false;          // quarantine, of the message that is being looked at
    bool skips_body_ = false;
    bool replaces_body_ = false;
};

}  // namespace posthouse::milter
