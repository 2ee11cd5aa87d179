// Session: lines of the client, before they are commands.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/header_like.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

world::Task<std::optional<world::BufferedStream::Line>> Session::next_line() {
    for (;;) {
        if (auto line = stream_.take_line(settings_.line_length_limit)) {
            co_return std::move(line);
        }
        world::Task<bool> flushing = flush();
        if (!co_await std::move(flushing)) {
            co_return std::nullopt;
        }
        const auto more = co_await stream_.fill(next_wait());
        waited();
        if (!more) {
            lost(more.error());
            co_return std::nullopt;
        }
        if (!*more) {
            lost({base::ErrorKind::closed, "lost connection"});
            co_return std::nullopt;
        }
    }
}

world::Task<bool> Session::refuses_early_words() {
    if (pipelined_too_early_ || service_->stand_alone) {
        co_return false;
    }
    if (stream_.buffered().empty() && stream_.stream().readable_now()) {
        const auto ended = co_await stream_.fill(next_wait());  // does not wait; next_line() meets an end or an error again
        static_cast<void>(ended);
    }
    if (stream_.buffered().empty()) {
        co_return false;
    }
    pipelined_too_early_ = true;
    constexpr std::size_t logged_max = 100;  // as smtpd(8)
    doors_.events.info(settings_.label, base::format("improper command pipelining after {} from {}: {}", where_, client_text(),
                                                     base::escape(stream_.buffered().substr(0, logged_max))));
    if (!settings_.smtpd_forbid_unauth_pipelining) {
        co_return false;
    }
    queue_reply(replies::out_of_step());
    co_return true;
}

// Some commands end a group (RFC 2920 §3.1), and without EHLO there are no groups (RFC 5321 §4.1.1.1).
bool Session::must_wait_for_reply(smtp::Verb verb) const {
    using smtp::Verb;
    static constexpr Verb last_of_group[] = {Verb::helo, Verb::ehlo, Verb::data, Verb::noop, Verb::vrfy};
    return verb != Verb::unknown && (!extended_ || std::find(std::begin(last_of_group), std::end(last_of_group), verb) != std::end(last_of_group));
}

world::Task<bool> Session::is_noop(const smtp::Command& command) {
    const tables::Match match = co_await service_->noop_commands->match(command.verb_text);
    co_return match.is_match();
}

world::Task<bool> Session::is_forbidden(const smtp::Command& command) {
    if (is_header_like(command.verb_text)) {
        co_return true;
    }
    if (!service_->forbidden_commands) {
        co_return false;
    }
    const tables::Match match = co_await service_->forbidden_commands->match(command.verb_text);
    co_return match.is_match();
}

world::Task<bool> Session::filter_command(std::string& line) {
    const std::string said(base::trim_left(line));
    const tables::Lookup filtered = co_await service_->command_filter->find(said);
    if (filtered.is_unknown()) {
        const smtp::Reply reply = replies::local_data_error(settings_.myhostname);
        const std::string id = transaction_id();
        doors_.events.on(settings_.label, observe::Rejected{id, "reject", base::format("{} from {}: {}", where_, client_text(), reply.text())});
        queue_reply(reply);
        co_return false;
    }
    if (filtered.is_found()) {
        doors_.events.info(settings_.label, base::format("{}: replacing command \"{:.100}\" with \"{:.100}\"", client_text(), base::printable(said), base::printable(filtered.value)));
        line = filtered.value;
    }
    co_return true;
}

}  // namespace posthouse::receive
