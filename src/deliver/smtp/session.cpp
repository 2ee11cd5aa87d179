#include "deliver/smtp/session.hpp"

#include "base/text.hpp"

namespace posthouse::deliver {

world::Task<base::Result<smtp::RemoteReply>> Session::read_reply(world::Deadline deadline) {
    const auto sent = co_await io.flush(deadline);
    if (!sent) {
        condition = Condition::broken;
        co_return std::unexpected(sent.error());
    }
    // With commands in flight a line too many would pair every later reply with the wrong command.
    smtp::ReplyParser parser(extensions.pipelining ? smtp::ReplyParser::Garbage::malformed
                                                   : smtp::ReplyParser::Garbage::skip);
    for (;;) {
        auto line = co_await io.read_line(smtp::ReplyParser::line_length_max, deadline);
        if (!line) {
            condition = Condition::broken;
            co_return std::unexpected(line.error());
        }
        std::string text = std::move(line->text);
        if (smtp_reply_filter != nullptr) {
            tables::Lookup filtered = co_await smtp_reply_filter->find(text);
            if (filtered.is_unknown()) {
                condition = Condition::broken;
                co_return base::fail(base::ErrorKind::unavailable, "smtp_reply_filter lookup error: " + filtered.reason);
            }
            if (filtered.is_found()) {
                text = std::move(filtered.value);
            }
        }
        if (transcript != nullptr) {
            transcript->heard(base::printable(text));
        }
        switch (parser.feed(text)) {
            case smtp::ReplyParser::Progress::need_more:
                break;
            case smtp::ReplyParser::Progress::complete:
                co_return parser.take();
            case smtp::ReplyParser::Progress::malformed:
                condition = Condition::broken;
                note_trouble(Transcript::Trouble::protocol);
                co_return base::fail(base::ErrorKind::invalid, "malformed reply");
        }
    }
}

world::Task<base::Result<smtp::RemoteReply>> Session::command(std::string line, world::Deadline deadline) {
    note_sent(line);
    io.queue(line);
    io.queue("\r\n");
    co_return co_await read_reply(deadline);
}

world::Task<base::Result<smtp::RemoteReply>> Session::secret_command(std::string_view shown, std::string line,
                                                                     world::Deadline deadline) {
    note_sent(shown);
    io.queue(line);
    io.queue("\r\n");
    co_return co_await read_reply(deadline);
}

void Session::note_sent(std::string_view line) {
    if (transcript != nullptr) {
        transcript->said(base::printable(line.substr(0, line.find("\r\n"))));
    }
}

void Session::note_refusal(const smtp::RemoteReply& reply) {
    if (is_protocol_trouble(reply)) {
        note_trouble(Transcript::Trouble::protocol);
    }
}

void Session::note_trouble(Transcript::Trouble trouble) {
    if (transcript != nullptr) {
        transcript->note(trouble);
    }
}

}  // namespace posthouse::deliver
