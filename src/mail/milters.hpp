#pragma once
// The Milters door: what milters see of a message at its end and may do to it. Asked by cleanup, whose message it is; made by milter.
#include <memory>
#include <string>
#include <string_view>

#include "mail/content.hpp"
#include "mail/envelope.hpp"
#include "smtp/reply.hpp"

namespace posthouse::mail {

/// A message that has come in full and is not in the queue yet.
class MessageUnderReview {
public:
    virtual ~MessageUnderReview() = default;

    [[nodiscard]] virtual const Envelope& envelope() const = 0;
    /// Header fields from the top, each with its name and its line ends; `own`: our Received:, which milters do not see.
    struct FieldView {  // of the message; until it is changed
        std::string_view name, text;
        bool own = false;
    };
    [[nodiscard]] virtual std::size_t field_count() const = 0;
    [[nodiscard]] virtual FieldView field(std::size_t number) const = 0;
    virtual world::Task<base::Result<std::unique_ptr<ContentReader>>> body() = 0;

    // Changes. The field's text is "Name: value", with line ends inside as LF.
    virtual world::Task<void> add_field(std::string text) = 0;
    /// Before field `position`; behind the last if there is no such one.
    virtual world::Task<void> insert_field(std::size_t position, std::string text) = 0;
    /// The `number`th field (from 1) of that name, our own Received: not counted; if there is none it is added.
    virtual world::Task<void> change_field(std::size_t number, std::string name, std::string text) = 0;
    virtual void delete_field(std::size_t number, std::string_view name) = 0;
    /// Addresses as in SMTP commands, with or without angle brackets; `parameters` as there: "NOTIFY=NEVER".
    virtual void change_sender(std::string_view address, std::string_view parameters) = 0;
    virtual void add_recipient(std::string_view address, std::string_view parameters) = 0;
    virtual void delete_recipient(std::string_view address) = 0;
    /// The first call after begin_body() drops the body there was.
    virtual void begin_body() = 0;
    virtual world::Task<void> append_body(std::string bytes) = 0;
    /// A change could not be made (message_size_limit, a full disk): the message is not going to be queued, and no further change is of use.
    [[nodiscard]] virtual bool has_failed() const { return false; }
    /// What a milter did has decided about the message (milter_header_checks): nobody else is asked.
    [[nodiscard]] virtual bool is_decided() const { return false; }
};

struct MilterAnswer {
    enum class Kind : std::uint8_t {
        go_on,
        hold,      // and go on
        discard,
        refuse,    // with `reply`
        shutdown,  // and close the connection
    } kind = Kind::go_on;
    smtp::Reply reply = {};
};

class Milters {
public:
    virtual ~Milters() = default;
    /// All of them in turn, each on what the ones before have made of the message. `where` of a refusal is in event().
    virtual world::Task<MilterAnswer> inspect(MessageUnderReview& message) = 0;
    /// The event that the last answer was for, as the log says it: "END-OF-MESSAGE", "MAIL".
    [[nodiscard]] virtual std::string_view event() const { return "END-OF-MESSAGE"; }
};

}  // namespace posthouse::mail
