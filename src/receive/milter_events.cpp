// Session: what milters are told and what their answers do. MILTER_README. The content is cleanup's to show them.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive {

using mail::MilterAnswer;
using smtp::Reply;

// smtpd_milter_maps, then smtpd_milters. A table that cannot answer, or says what is no milter, is a server that is not fit for mail.
world::Task<std::shared_ptr<const milter::Milters>> Session::find_milters() {
    std::shared_ptr<const milter::Milters> chosen = service_->milters;
    if (service_->milter_maps) {
        const tables::Lookup found = co_await service_->milter_maps->find(peer_.address.text());
        if (found.is_found()) {
            chosen.reset();
            if (!base::iequals(found.value, "DISABLE")) {
                auto made = service_->make_milters(found.value);
                if (!made) {
                    doors_.events.warn(settings_.label, base::format("smtpd_milter_maps: {}: {}", peer_.address.text(), made.error().text));
                    milters_unknown_ = true;
                } else {
                    chosen = std::move(*made);
                }
            }
        } else if (!found.is_absent()) {
            doors_.events.warn(settings_.label, base::format("smtpd_milter_maps: cannot look up {}", peer_.address.text()));
            milters_unknown_ = true;
        }
    }
    co_return chosen;
}

// The greeting instead of ours, if a milter does not want the client. A 4yz waits for MAIL, as with Sendmail.
world::Task<std::optional<Reply>> Session::greet_with_milters() {
    const std::string before = std::exchange(where_, "CONNECT");
    world::Task<std::shared_ptr<const milter::Milters>> finding = find_milters();
    const std::shared_ptr<const milter::Milters> chosen = co_await std::move(finding);
    if (milters_unknown_) {
        where_ = before;
        co_return Reply::make(421, base::format("4.3.0 {} Server local data error", settings_.myhostname));
    }
    std::optional<Reply> refused;
    if (chosen) {
        talk_ = std::make_unique<MilterTalk>(chosen, [this](std::string_view name) { return milter_macro(name); }, milter::Connection::Doors{doors_.core.clock, doors_.events});
        milter::Client client{client_name_, peer_.address.is_known() ? peer_.address.text() : std::string(), peer_.port};
        world::Task<MilterAnswer> telling = talk_->chain.connect(std::move(client));
        const MilterAnswer answer = co_await std::move(telling);
        refused = obey(answer);
    }
    where_ = before;
    if (refused && refused->is_permanent_negative()) {
        co_return Reply::make(554, base::format("{} ESMTP not accepting connections", settings_.myhostname));
    }
    if (refused && refused->code == 421) {
        co_return Reply::make(421, base::format("{} Service unavailable - try again later", settings_.myhostname));
    }
    co_return std::nullopt;
}

// check_milter_reply of smtpd(8): nullopt goes on.
std::optional<Reply> Session::obey(const MilterAnswer& answer) {
    using Kind = MilterAnswer::Kind;
    if (service_->proxy_filter && (answer.kind == Kind::hold || answer.kind == Kind::discard)) {
        doors_.events.warn(settings_.label, base::format("milter: with smtpd_proxy_filter specified, action {} is unavailable: skipped", answer.kind == Kind::hold ? "HOLD" : "DISCARD"));
        return std::nullopt;
    }
    switch (answer.kind) {
        case Kind::go_on: break;
        case Kind::hold:
            transaction_.changes.hold = true;
            log_rejected("milter-hold", "milter triggers HOLD action");
            break;
        case Kind::discard:
            transaction_.changes.discard = true;
            log_rejected("milter-discard", "milter triggers DISCARD action");
            break;
        case Kind::refuse:
        case Kind::shutdown: log_rejected("milter-reject", answer.reply.text()); return answer.reply;
    }
    return std::nullopt;
}

world::Task<std::optional<Reply>> Session::milters_on_helo() {
    world::Task<MilterAnswer> telling = talk_->chain.helo(helo_name_);
    const MilterAnswer answer = co_await std::move(telling);
    co_return obey(answer);
}

world::Task<std::optional<Reply>> Session::milters_on_mail(std::string_view parameters) {
    if (transaction_.changes.discard) {
        co_return std::nullopt;
    }
    const std::string sender = transaction_.envelope.reverse_path.address();
    talk_->mail_host.clear();
    talk_->mail_mailer.clear();
    std::vector<std::string> words{base::format("<{}>", smtp::quote_address(sender))};
    for (const std::string_view word : base::split_words(parameters)) {
        words.emplace_back(word);
    }
    if (!sender.empty()) {
        world::Task<mail::Route> resolving = doors_.router.resolve(doors_.router.rewrite(sender), transaction_.envelope.reverse_path);
        mail::Route route = co_await std::move(resolving);
        talk_->mail_host = std::move(route.nexthop);
        talk_->mail_mailer = std::move(route.transport);
    }
    world::Task<MilterAnswer> telling = talk_->chain.mail(std::move(words));
    const MilterAnswer answer = co_await std::move(telling);
    co_return obey(answer);
}

world::Task<std::optional<Reply>> Session::milters_on_rcpt(std::string address, std::string parameters, std::optional<Reply> refused) {
    if (transaction_.changes.discard || (refused && !talk_->chain.wants_refused_recipients())) {
        co_return refused;
    }
    std::vector<std::string> words{base::format("<{}>", smtp::quote_address(address))};
    for (const std::string_view word : base::split_words(parameters)) {
        words.emplace_back(word);
    }
    talk_->in_rcpt = true;
    if (refused) {
        talk_->rcpt_mailer = "error";
        talk_->rcpt_host = refused->status ? refused->status->text() : std::string();
        talk_->rcpt_addr = refused->text().substr(4);
        world::Task<void> telling = talk_->chain.refused_rcpt(std::move(words));
        co_await std::move(telling);
        talk_->in_rcpt = false;
        co_return refused;
    }
    world::Task<mail::Route> resolving = doors_.router.resolve(doors_.router.rewrite(address), transaction_.envelope.reverse_path);
    mail::Route route = co_await std::move(resolving);
    talk_->rcpt_mailer = std::move(route.transport);
    talk_->rcpt_host = std::move(route.nexthop);
    talk_->rcpt_addr = address;
    world::Task<MilterAnswer> telling = talk_->chain.rcpt(std::move(words));
    const MilterAnswer answer = co_await std::move(telling);
    talk_->in_rcpt = false;
    // The log names this recipient, not those accepted before.
    std::vector<mail::Recipient> accepted = std::exchange(transaction_.envelope.recipients, {});
    transaction_.envelope.recipients.resize(1);
    transaction_.envelope.recipients.front().address = address;
    refused = obey(answer);
    transaction_.envelope.recipients = std::move(accepted);
    co_return refused;
}

world::Task<std::optional<Reply>> Session::milters_on_data() {
    if (transaction_.changes.discard) {
        co_return std::nullopt;
    }
    world::Task<MilterAnswer> telling = talk_->chain.data();
    const MilterAnswer answer = co_await std::move(telling);
    co_return obey(answer);
}

world::Task<std::optional<Reply>> Session::milters_on_unknown(std::string line) {
    world::Task<MilterAnswer> telling = talk_->chain.unknown(std::move(line));
    const MilterAnswer answer = co_await std::move(telling);
    co_return obey(answer);
}

// A client that was refused when it connected is refused what is not mail, too.
std::optional<Reply> Session::milters_forbid(smtp::Verb verb) const {
    using smtp::Verb;
    if (verb != Verb::auth && verb != Verb::starttls && verb != Verb::vrfy && verb != Verb::etrn) {
        return std::nullopt;
    }
    const MilterAnswer standing = talk_->chain.standing_answer();
    if (standing.kind != MilterAnswer::Kind::refuse) {
        return std::nullopt;
    }
    if (standing.reply.is_permanent_negative()) {
        return standing.reply;
    }
    return verb == Verb::auth || verb == Verb::starttls ? std::optional(Reply::make(454, "4.3.0 Try again later")) : std::nullopt;
}

std::string Session::client_resolve_state() const {
    if (client_name_ != "unknown") {
        return "OK";
    }
    if (client_name_lookup_failed_) {
        return "TEMP";
    }
    return client_reverse_name_ != "unknown" ? "FORGED" : "FAIL";
}

std::optional<std::string> Session::milter_macro(std::string_view name) const {
    const bool verified = tls_ && (tls_->peer == world::TlsSession::Peer::trusted || tls_->peer == world::TlsSession::Peer::verified);
    const auto if_known = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
    const auto number = [](auto value) { return base::format("{}", value); };
    if (name == "i") {
        return transaction_.intake && transaction_.filter == nullptr ? std::optional(transaction_.intake->queue_id().text()) : std::nullopt;
    }
    if (name == "j") {
        return settings_.myhostname;
    }
    if (name == "_") {
        return base::format("{} [{}]{}", client_reverse_name_, peer_.address.text(), base::iequals(client_name_, client_reverse_name_) ? "" : " (may be forged)");
    }
    if (name.starts_with("{client_")) {
        return name == "{client_addr}"          ? std::optional((peer_.address.is_v6() ? "IPv6:" : "") + peer_.address.text())
               : name == "{client_name}"        ? std::optional(client_name_)
               : name == "{client_ptr}"         ? std::optional(client_reverse_name_)
               : name == "{client_port}"        ? std::optional(number(peer_.port))
               : name == "{client_resolve}"     ? std::optional(client_resolve_state())
               : name == "{client_connections}" ? std::optional(number(connections_at_once_))
                                                : std::nullopt;
    }
    if (name == "{daemon_addr}" || name == "{daemon_port}") {
        return name == "{daemon_addr}" ? local_.address.text() : number(local_.port);
    }
    if (tls_ && (name == "{tls_version}" || name == "{cipher}" || name == "{cipher_bits}")) {
        return name == "{tls_version}" ? tls_->protocol : name == "{cipher}" ? tls_->cipher : number(tls_->cipher_bits);
    }
    if (verified && (name == "{cert_subject}" || name == "{cert_issuer}")) {
        return name == "{cert_subject}" ? tls_->peer_common_name : tls_->peer_issuer;
    }
    if (name.starts_with("{auth_")) {
        return name == "{auth_type}" ? if_known(sasl_method_) : name == "{auth_authen}" ? if_known(sasl_username_) : name == "{auth_author}" ? if_known(transaction_.sasl_sender) : std::nullopt;
    }
    if (transaction_.has_sender && name.starts_with("{mail_")) {
        return name == "{mail_addr}"     ? std::optional(transaction_.envelope.reverse_path.address())
               : name == "{mail_host}"   ? std::optional(talk_->mail_host)
               : name == "{mail_mailer}" ? std::optional(talk_->mail_mailer)
                                         : std::nullopt;
    }
    if (talk_->in_rcpt && name.starts_with("{rcpt_")) {
        return name == "{rcpt_addr}" ? std::optional(talk_->rcpt_addr) : name == "{rcpt_host}" ? std::optional(talk_->rcpt_host) : name == "{rcpt_mailer}" ? std::optional(talk_->rcpt_mailer) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace posthouse::receive
