// Session: lines of the client, before they are commands.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/header_like.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

// smtpd_forbid_bare_newline for this client. Doubt about an exclusion is no exclusion.
world::Task<void> Session::find_line_end_rules() {
    using Rule = SmtpdSettings::ForbidBareNewline;
    bare_newline_ = service_->stand_alone ? Rule::no : settings_.smtpd_forbid_bare_newline;
    if (bare_newline_ != Rule::no && service_->bare_newline_exclusions) {
        const auto match = co_await service_->bare_newline_exclusions->match_client(client_name_, peer_.address);
        if (match.is_match()) {
            bare_newline_ = Rule::no;
        }
    }
}

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
