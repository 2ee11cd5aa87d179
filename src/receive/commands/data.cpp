// DATA, BDAT, RSET (RFC 5321 §4.1.1.4, RFC 3030).
#include "base/format.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

using smtp::Reply;

world::Task<std::optional<Reply>> Session::before_data() {
    if (transaction_.envelope.recipients.empty()) {
        co_return transaction_.has_sender && transaction_.recipients_tried > 0 ? Reply::make(554, "5.5.1 Error: no valid recipients")
                                                                               : Reply::make(503, "5.5.1 Error: need RCPT command");
    }
    co_return std::nullopt;
}

world::Task<Session::Next> Session::data(const smtp::Command& command) {
    if (transaction_.chunks || transaction_.chunk_refused) {
        queue_reply(Reply::make(503, "5.5.1 Error: DATA after BDAT"));
        co_return Next::go_on;
    }
    world::Task<std::optional<Reply>> checking = before_data();
    std::optional<Reply> refused = co_await std::move(checking);
    if (!refused && !command.arguments.empty()) {
        refused = Reply::make(501, "5.5.4 Syntax: DATA");
    }
    if (!refused && !service_->data.empty()) {
        refused = co_await judge(service_->data, facts(Stage::data));
    }
    if (!refused && talk_) {
        world::Task<std::optional<Reply>> asking = milters_on_data();
        refused = co_await std::move(asking);
    }
    if (!refused && transaction_.filter != nullptr) {
        world::Task<std::optional<Reply>> asking = ask_filter("DATA", 3);
        refused = co_await std::move(asking);
    }
    if (refused) {
        queue_reply(*refused);
        co_return Next::go_on;
    }
    world::Task<bool> saying = say(replies::start_mail_input());
    if (!co_await std::move(saying)) {
        co_return Next::close;
    }
    co_await start_content();
    world::Task<bool> receiving = receive_mail_data();
    if (!co_await std::move(receiving)) {
        co_return Next::close;
    }
    world::Task<std::expected<mail::Committed, Reply>> finishing = finish_message();
    const auto committed = co_await std::move(finishing);
    queue_reply(committed ? replies::accepted(*committed) : committed.error());
    reset_transaction();
    co_return Next::go_on;
}

world::Task<Session::Next> Session::bdat(const smtp::Command& command) {
    if (hidden_.has(smtp::EhloKeyword::chunking)) {
        // What follows is data we must not take for commands: 521 closes.
        queue_reply(Reply::make(521, "5.5.1 Error: command not implemented"));
        co_return Next::close;
    }
    const auto arguments = smtp::parse_bdat(command.arguments);
    if (!arguments) {
        queue_reply(Reply::make(521, "5.5.4 Syntax: BDAT count [LAST]"));
        co_return Next::close;
    }
    std::optional<Reply> refused;
    if (transaction_.chunk_refused) {
        refused = Reply::make(551, base::format("5.0.0 Discarded {} bytes after earlier error", arguments->size));
    } else {
        world::Task<std::optional<Reply>> checking = before_data();
        refused = co_await std::move(checking);
    }
    if (!refused && !transaction_.chunks && !service_->data.empty()) {
        refused = co_await judge(service_->data, facts(Stage::data));
    }
    if (!refused && !transaction_.chunks && talk_) {
        world::Task<std::optional<Reply>> asking = milters_on_data();
        refused = co_await std::move(asking);
    }
    if (!refused && !transaction_.chunks && transaction_.filter != nullptr) {
        world::Task<std::optional<Reply>> asking = ask_filter("DATA", 3);
        refused = co_await std::move(asking);
    }
    if (refused) {
        world::Task<bool> skipping = skip_chunk(arguments->size);
        if (!co_await std::move(skipping)) {
            co_return Next::close;
        }
        queue_reply(*refused);
        // A list that would let the next chunk pass must not make a message that lacks this one.
        if (arguments->last == smtp::BdatLast::yes) {
            reset_transaction();
        } else {
            transaction_.chunk_refused = true;
        }
        co_return Next::go_on;
    }
    if (!transaction_.chunks) {
        transaction_.chunks.emplace(smtp::DotReader::Options{.framing = smtp::Framing::counted});
        co_await start_content();
    }
    world::Task<bool> receiving = receive_chunk(arguments->size);
    if (!co_await std::move(receiving)) {
        co_return Next::close;
    }
    transaction_.chunk_bytes += arguments->size;
    if (arguments->last == smtp::BdatLast::no) {
        if (const auto bad_lines = line_ends_refused()) {
            reset_transaction();
            transaction_.chunk_refused = true;
            queue_reply(*bad_lines);
            co_return Next::go_on;
        }
        queue_reply(replies::chunk_received(arguments->size));
        co_return Next::go_on;
    }
    std::string rest;
    transaction_.chunks->finish(rest);
    co_await transaction_.intake->write(rest);
    const std::uint64_t bytes = transaction_.chunk_bytes;
    world::Task<std::expected<mail::Committed, Reply>> finishing = finish_message();
    const auto committed = co_await std::move(finishing);
    queue_reply(committed ? replies::accepted_chunks(*committed, bytes) : committed.error());
    reset_transaction();
    co_return Next::go_on;
}

world::Task<Session::Next> Session::rset(const smtp::Command& command) {
    if (!command.arguments.empty()) {
        queue_reply(Reply::make(501, "5.5.4 Syntax: RSET"));
        co_return Next::go_on;
    }
    reset_transaction();
    queue_reply(replies::ok());
    co_return Next::go_on;
}

}  // namespace posthouse::receive
