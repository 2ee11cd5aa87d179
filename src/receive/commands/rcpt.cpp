// RCPT (RFC 5321 §4.1.1.3): the moment at which relaying is decided.
#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/probe_sender.hpp"
#include "receive/replies.hpp"
#include "receive/restrictions/listed.hpp"
#include "receive/session.hpp"
#include "smtp/address.hpp"
#include "smtp/dsn_parameters.hpp"
#include "smtp/path.hpp"

namespace posthouse::receive {

using smtp::Reply;

world::Task<Session::Next> Session::rcpt(const smtp::Command& command) {
    if (!transaction_.has_sender) {
        queue_reply(Reply::make(503, "5.5.1 Error: need MAIL command"));
        co_return Next::go_on;
    }
    if (transaction_.chunks || transaction_.chunk_refused) {
        queue_reply(Reply::make(503, "5.5.1 Error: RCPT after BDAT"));
        co_return Next::go_on;
    }
    const auto parsed = smtp::parse_path_argument(command.arguments, "TO:",
                                                  {.syntax = settings_.strict_rfc821_envelopes ? smtp::PathSyntax::strict : smtp::PathSyntax::lax,
                                                   .null_path = smtp::NullPath::refused,
                                                   .bare_numeric_domain = settings_.resolve_numeric_domain ? smtp::BareNumericDomain::allowed : smtp::BareNumericDomain::refused});
    if (!parsed && parsed.error() == smtp::PathError::missing) {
        queue_reply(Reply::make(501, "5.5.4 Syntax: RCPT TO:<address>"));
        co_return Next::go_on;
    }
    transaction_.recipients_tried += parsed ? 1 : 0;
    if (too_many_recipients()) {
        co_return Next::go_on;
    }
    if (!parsed) {
        queue_reply(Reply::make(501, "5.1.3 Bad recipient address syntax"));
        co_return Next::go_on;
    }
    mail::Recipient recipient;
    recipient.address = parsed->path.address;
    if (const auto refused = take_rcpt_parameters(parsed->rest, recipient)) {
        queue_reply(*refused);
        co_return Next::go_on;
    }
    if (settings_.smtpd_recipient_limit > 0 && transaction_.envelope.recipients.size() >= settings_.smtpd_recipient_limit) {
        queue_reply(Reply::make(452, "4.5.3 Error: too many recipients"));
        // RFC 5321 §4.5.3.1.10: an honest client may run into it, but not without end.
        last_reply_negative_ = ++transaction_.recipients_overshot > settings_.smtpd_recipient_overshoot_limit;
        co_return Next::go_on;
    }
    if (settings_.strict_smtputf8 && !transaction_.envelope.smtputf8 && !smtp::is_ascii(recipient.address)) {
        queue_reply(replies::undeclared_smtputf8());
        co_return Next::go_on;
    }
    const bool is_exempt = takes_probe_of_sender(recipient);
    world::Task<std::optional<Reply>> judging = is_exempt ? nobody_judges() : judge_recipient(recipient.address);
    std::optional<Reply> judged = co_await std::move(judging);
    if (talk_) {
        world::Task<std::optional<Reply>> asking = milters_on_rcpt(recipient.address, std::string(parsed->rest), std::move(judged));
        judged = co_await std::move(asking);
    }
    if (judged) {
        queue_reply(*judged);
        co_return Next::go_on;
    }
    if (!transaction_.intake) {
        world::Task<std::optional<Reply>> beginning = begin_intake();
        if (const auto refused = co_await std::move(beginning)) {
            queue_reply(*refused);
            co_return Next::go_on;
        }
    }
    if (transaction_.filter != nullptr) {
        world::Task<std::optional<Reply>> asking = ask_filter(command.verb_text + " " + command.arguments, 2);
        if (const auto refused = co_await std::move(asking)) {
            queue_reply(*refused);
            co_return Next::go_on;
        }
    }
    transaction_.envelope.recipients.push_back(std::move(recipient));
    queue_reply(replies::recipient_ok());
    co_return Next::go_on;
}

bool Session::too_many_recipients() {
    const bool too_many = exceeds(settings_.smtpd_client_recipient_rate_limit, ClientLimits::Event::recipient, "Recipient address");
    if (too_many) {
        queue_reply(Reply::make(450, "4.7.1 Error: too many recipients from " + peer_.address.text()));
    }
    return too_many;
}

std::optional<Reply> Session::take_rcpt_parameters(std::string_view rest, mail::Recipient& recipient) const {
    for (const smtp::EsmtpParameter& parameter : smtp::parse_esmtp_parameters(rest)) {
        const bool is_dsn = parameter.keyword == "NOTIFY" || parameter.keyword == "ORCPT";
        if (!is_dsn) {
            return Reply::make(555, "5.5.4 Unsupported option: " + parameter.text);
        }
        if (hidden_.has(smtp::EhloKeyword::dsn)) {
            return Reply::make(501, "5.7.1 DSN support is disabled");
        }
        if (parameter.keyword == "NOTIFY") {
            const auto notify = parameter.value ? smtp::DsnNotify::parse(*parameter.value) : std::nullopt;
            if (!notify || !recipient.notify.none()) {
                return Reply::make(501, "5.5.4 Error: Bad NOTIFY parameter syntax");
            }
            using Flag = smtp::DsnNotify;
            recipient.notify = {notify->has(Flag::never), notify->has(Flag::success), notify->has(Flag::failure), notify->has(Flag::delay)};
        } else {
            const auto original = parameter.value ? smtp::OriginalRecipient::parse(*parameter.value) : std::nullopt;
            if (!original || !recipient.original_recipient.empty()) {
                return Reply::make(501, "5.5.4 Error: Bad ORCPT parameter syntax");
            }
            recipient.original_recipient = original->text();
        }
    }
    return std::nullopt;
}

// Servers that we ask may ask back whether the sender of our probe exists. Were that refused, both would remember it.
bool Session::takes_probe_of_sender(mail::Recipient& recipient) const {
    const std::string_view local = std::string_view(settings_.address_verify_sender).substr(0, settings_.address_verify_sender.rfind('@'));
    if (local.empty() || service_->stand_alone || !base::iequals(std::string_view(recipient.address).substr(0, local.size()), local)) {
        return false;
    }
    mail::ProbeSender sender{doors_.router.rewrite(settings_.address_verify_sender), settings_.address_verify_sender_ttl};
    if (!sender.matches(recipient.address, doors_.core.clock.wall_now())) {
        return false;
    }
    recipient.address = std::move(sender.address);
    return true;
}

world::Task<std::optional<Reply>> Session::nobody_judges() { co_return std::nullopt; }

world::Task<std::optional<Reply>> Session::judge_recipient(std::string address) {
    // "postmaster" without a domain must be reachable: RFC 5321 §4.5.1.
    if (base::iequals(address, "postmaster")) {
        co_return std::nullopt;
    }
    // The log names this recipient, not those accepted before.
    std::vector<mail::Recipient> accepted = std::exchange(transaction_.envelope.recipients, {});
    transaction_.envelope.recipients.resize(1);
    transaction_.envelope.recipients.front().address = address;
    Facts known = facts(Stage::recipient);
    known.recipients_accepted = accepted.size();
    known.recipient_pending = true;
    world::Task<std::optional<Reply>> judging = judge_stages(std::move(known));
    auto refused = co_await std::move(judging);
    transaction_.envelope.recipients = std::move(accepted);
    co_return refused;
}

world::Task<std::optional<Reply>> Session::judge_stages(Facts known) {
    Decision decision;
    decision.defer_if_permit = transaction_.defer_if_permit;
    std::optional<Reply> refused;
    if (settings_.smtpd_delay_reject) {
        world::Task<std::optional<Reply>> judging = judge_before_sender(known, decision);
        refused = co_await std::move(judging);
        if (!refused && transaction_.has_sender) {
            judging = judge_sender(known, decision);
            refused = co_await std::move(judging);
        }
    }
    const bool relay_first = settings_.smtpd_relay_before_recipient_restrictions;
    for (const bool relay : {relay_first, !relay_first}) {
        if (!refused) {
            world::Task<std::optional<Reply>> judging = judge_as(relay ? service_->relay : service_->recipient, known, decision);
            refused = co_await std::move(judging);
        }
    }
    if (!refused) {
        refused = settle(decision);
    }
    if (!refused && settings_.smtpd_reject_unlisted_recipient) {
        world::Task<std::optional<Reply>> checking = check_listed(*known.recipient, StatusSubject::recipient, decision);
        refused = co_await std::move(checking);
    }
    co_return refused;
}

world::Task<std::optional<Reply>> Session::begin_intake() {
    if (service_->proxy_filter) {
        return begin_filter();
    }
    transaction_.intake = doors_.intake.begin(mail::MailSource::smtpd, doors_.core);
    log_started();
    return nobody_judges();
}

void Session::log_started() const {
    const std::string id = transaction_id();
    Forwarded forwarded = forwarded_.value_or(Forwarded());
    if (!settings_.smtpd_client_port_logging) {
        forwarded.port.clear();
    }
    const std::string client = client_text();
    const std::string orig_client = forwarded.client_text();
    doors_.events.on(settings_.label, observe::MessageStarted{id, client, sasl_method_, sasl_username_, forwarded.queue_id, orig_client});
}

}  // namespace posthouse::receive
