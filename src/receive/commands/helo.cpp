// HELO and EHLO (RFC 5321 §4.1.1.1).
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/received_header.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

world::Task<Session::Next> Session::helo(const smtp::Command& command) {
    if (command.arguments.empty()) {
        queue_reply(smtp::Reply::make(501, "Syntax: HELO hostname"));
        co_return Next::go_on;
    }
    reset_transaction();
    helo_name_ = name_for_header(command.arguments);
    extended_ = false;
    world::Task<std::optional<smtp::Reply>> judging = judge_helo();
    if (const auto refused = co_await std::move(judging)) {
        queue_reply(*refused);
        co_return Next::go_on;
    }
    if (talk_) {
        world::Task<std::optional<smtp::Reply>> asking = milters_on_helo();
        if (const auto refused = co_await std::move(asking); refused && refused->code == 421) {
            queue_reply(*refused);
            co_return Next::close;
        }
    }
    queue_reply(smtp::Reply::multi_line(250, {settings_.myhostname}));
    co_return Next::go_on;
}

// What is hidden cannot be used, whether the client says EHLO or not.
world::Task<bool> Session::find_hidden_keywords() {
    hidden_ = settings_.smtpd_discard_ehlo_keywords;
    if (service_->discard_ehlo_keyword_maps) {
        const tables::Lookup found = co_await service_->discard_ehlo_keyword_maps->find(peer_.address.text());
        if (found.is_unknown()) {
            doors_.events.warn(settings_.label, base::format("smtpd_discard_ehlo_keyword_address_maps cannot say what {} may use: {}", client_text(), found.reason));
            queue_reply(replies::local_data_error(settings_.myhostname));
            co_return false;
        }
        if (found.is_found()) {
            hidden_ = smtp::parse_ehlo_keywords(found.value).value_or(hidden_);
        }
    }
    co_return true;
}

world::Task<Session::Next> Session::tell_milters_of_ehlo(bool was_extended, smtp::EhloKeywords& hidden) {
    extended_ = was_extended;  // as smtpd(8) logs it
    world::Task<std::optional<smtp::Reply>> asking = milters_on_helo();
    const auto refused = co_await std::move(asking);
    extended_ = true;
    if (refused && refused->code == 421) {
        queue_reply(*refused);
        co_return Next::close;
    }
    if (refused && refused->is_permanent_negative()) {
        hidden.bits = static_cast<std::uint16_t>(~static_cast<std::uint16_t>(smtp::EhloKeyword::enhancedstatuscodes));  // nothing that it could use
    }
    co_return Next::go_on;
}

world::Task<Session::Next> Session::ehlo(const smtp::Command& command) {
    using smtp::EhloKeyword;
    using smtp::EhloKeywords;
    if (command.arguments.empty()) {
        queue_reply(smtp::Reply::make(501, "Syntax: EHLO hostname"));
        co_return Next::go_on;
    }
    reset_transaction();
    helo_name_ = name_for_header(command.arguments);
    const bool was_extended = std::exchange(extended_, true);
    world::Task<std::optional<smtp::Reply>> judging = judge_helo();
    if (const auto refused = co_await std::move(judging)) {
        queue_reply(*refused);
        co_return Next::go_on;
    }
    EhloKeywords hidden = hidden_;
    if (talk_) {
        world::Task<Next> asking = tell_milters_of_ehlo(was_extended, hidden);
        if (co_await std::move(asking) == Next::close) {
            co_return Next::close;
        }
    }
    const auto offered = [&hidden](EhloKeyword keyword) { return !hidden.has(keyword); };
    std::vector<std::string> lines{settings_.myhostname};
    if (offered(EhloKeyword::pipelining)) {
        lines.emplace_back("PIPELINING");
    }
    if (offered(EhloKeyword::size)) {
        lines.push_back(settings_.message_size_limit.count > 0 ? base::format("SIZE {}", settings_.message_size_limit.count) : "SIZE");
    }
    if (!settings_.disable_vrfy_command && offered(EhloKeyword::vrfy)) {
        lines.emplace_back("VRFY");
    }
    if (offered(EhloKeyword::etrn)) {
        lines.emplace_back("ETRN");
    }
    if (settings_.smtpd_tls_security_level != SmtpdSettings::TlsLevel::none && !tls_ && offered(EhloKeyword::starttls)) {
        lines.emplace_back("STARTTLS");
    }
    if (sasl_available() && offered(EhloKeyword::auth)) {
        bool hide = false;
        if (service_->sasl_exceptions) {
            const auto match = co_await service_->sasl_exceptions->match_client(client_name_, peer_.address);
            hide = match.state == tables::Match::State::match;
        }
        world::Task<std::string> asking = offered_mechanisms();
        const std::string list = co_await std::move(asking);
        if (!hide && !list.empty()) {
            lines.push_back("AUTH" + list);
            if (settings_.broken_sasl_auth_clients) {
                lines.push_back("AUTH=" + list.substr(1));
            }
        }
    }
    if (service_->verp_clients && offered(EhloKeyword::xverp)) {
        world::Task<bool> asking = may_ask_for_verp();
        if (co_await std::move(asking)) {
            lines.emplace_back("XVERP");
        }
    }
    if (may_xclient_ && offered(EhloKeyword::xclient)) {
        lines.emplace_back("XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT");
    }
    if (may_xforward_ && offered(EhloKeyword::xforward)) {
        lines.emplace_back("XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT");
    }
    if (offered(EhloKeyword::enhancedstatuscodes)) {
        lines.emplace_back("ENHANCEDSTATUSCODES");
    }
    if (offered(EhloKeyword::eightbitmime)) {
        lines.emplace_back("8BITMIME");
    }
    if (offered(EhloKeyword::dsn)) {
        lines.emplace_back("DSN");
    }
    if (settings_.smtputf8_enable && offered(EhloKeyword::smtputf8)) {
        lines.emplace_back("SMTPUTF8");
    }
    if (offered(EhloKeyword::chunking)) {
        lines.emplace_back("CHUNKING");
    }
    queue_reply(smtp::Reply::multi_line(250, std::move(lines)));
    co_return Next::go_on;
}

}  // namespace posthouse::receive
