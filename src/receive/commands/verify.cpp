// VRFY and ETRN.
#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/flush_site.hpp"
#include "receive/session.hpp"
#include "receive/replies.hpp"
#include "smtp/address.hpp"
#include "smtp/hostname.hpp"
#include "smtp/path.hpp"

namespace posthouse::receive {

using smtp::Reply;

world::Task<Session::Next> Session::vrfy(const smtp::Command& command) {
    if (settings_.disable_vrfy_command) {
        queue_reply(Reply::make(502, "5.5.1 VRFY command is disabled"));
        co_return Next::go_on;
    }
    if (command.arguments.empty()) {
        queue_reply(Reply::make(501, settings_.smtputf8_enable ? "5.5.4 Syntax: VRFY address [SMTPUTF8]" : "5.5.4 Syntax: VRFY address"));
        co_return Next::go_on;
    }
    // The same questions are answered here as at RCPT.
    if (too_many_recipients()) {
        co_return Next::go_on;
    }
    std::string_view argument = command.arguments;
    const bool declared = settings_.smtputf8_enable && !hidden_.has(smtp::EhloKeyword::smtputf8) && base::upper(argument).ends_with(" SMTPUTF8");
    if (declared) {
        argument = base::trim_right(argument.substr(0, argument.size() - std::string_view(" SMTPUTF8").size()));
    }
    const auto parsed = smtp::parse_path(argument, {.null_path = smtp::NullPath::refused});
    if (!parsed) {
        queue_reply(Reply::make(501, "5.1.3 Bad recipient address syntax"));
        co_return Next::go_on;
    }
    if (settings_.strict_smtputf8 && !declared && !smtp::is_ascii(parsed->path.address)) {
        queue_reply(replies::undeclared_smtputf8());
        co_return Next::go_on;
    }
    world::Task<std::optional<Reply>> judging = judge_recipient(parsed->path.address);
    if (const auto refused = co_await std::move(judging)) {
        queue_reply(*refused);
        co_return Next::go_on;
    }
    queue_reply(Reply::make(252, "2.0.0 " + base::printable(argument)));
    co_return Next::go_on;
}

world::Task<Session::Next> Session::etrn(const smtp::Command& command) {
    if (settings_.smtpd_helo_required && helo_name_.empty()) {
        queue_reply(Reply::make(503, "Error: send HELO/EHLO first"));
    } else if (transaction_.has_sender) {
        queue_reply(Reply::make(503, "Error: MAIL transaction in progress"));
    } else if (command.arguments.empty() || command.arguments.find(' ') != std::string::npos) {
        queue_reply(Reply::make(500, "Syntax: ETRN domain"));
    } else {
        const std::string domain = command.arguments.starts_with('@') || command.arguments.starts_with('#') ? command.arguments.substr(1) : command.arguments;
        if (!smtp::is_valid_address_domain(domain)) {
            queue_reply(Reply::make(501, "Error: invalid parameter syntax"));
            co_return Next::go_on;
        }
        world::Task<std::optional<Reply>> judging = judge_etrn(domain);
        if (const auto refused = co_await std::move(judging)) {
            queue_reply(*refused);
            co_return Next::go_on;
        }
        world::Task<Reply> flushing = flush_domain(domain);
        queue_reply(co_await std::move(flushing));
    }
    co_return Next::go_on;
}

world::Task<std::optional<Reply>> Session::judge_etrn(std::string domain) {
    Decision decision;
    Facts known = facts(Stage::etrn);
    world::Task<std::optional<Reply>> judging = judge_before_sender(known, decision);
    auto refused = co_await std::move(judging);
    if (!refused) {
        known.recipient = std::move(domain);
        judging = judge_as(service_->etrn, known, decision);
        refused = co_await std::move(judging);
    }
    co_return refused ? refused : settle(decision);
}

// RFC 1985 §5.3. The session waits until the queue was read, so that a client has no more than one such walk under way.
world::Task<Reply> Session::flush_domain(std::string domain) {
    tables::Match match;
    if (service_->fast_flush_domains && doors_.queue != nullptr) {
        match = co_await service_->fast_flush_domains->match(base::lower(domain));
    }
    if (match.is_unknown()) {
        co_return Reply::make(458, "Unable to queue messages");
    }
    if (!match.is_match() || doors_.queue == nullptr) {
        doors_.events.warn(settings_.label, base::format("reject: ETRN {:.100}... from {}", domain, client_text()));
        co_return Reply::make(459, base::format("<{}>: service unavailable", domain));
    }
    world::Task<base::Result<std::uint64_t>> flushing = mail::flush_site(*doors_.queue, domain, doors_.core);
    const auto flushed = co_await std::move(flushing);
    if (!flushed) {
        doors_.events.warn(settings_.label, base::format("ETRN {}: {}", domain, flushed.error().text));
        co_return Reply::make(458, "Unable to queue messages");
    }
    co_return Reply::make(250, "Queuing started");
}

}  // namespace posthouse::receive
