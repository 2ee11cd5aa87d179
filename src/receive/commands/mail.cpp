// MAIL (RFC 5321 §4.1.1.2, and the extensions SIZE, 8BITMIME, DSN, SMTPUTF8, AUTH).
#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/verp.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"
#include "smtp/address.hpp"
#include "smtp/dsn_parameters.hpp"
#include "smtp/path.hpp"
#include "smtp/xtext.hpp"

namespace posthouse::receive {

using smtp::Reply;

world::Task<Session::Next> Session::mail(const smtp::Command& command) {
    if (settings_.smtpd_helo_required && helo_name_.empty()) {
        queue_reply(Reply::make(503, "5.5.1 Error: send HELO/EHLO first"));
        co_return Next::go_on;
    }
    if (transaction_.has_sender) {
        queue_reply(Reply::make(503, "5.5.1 Error: nested MAIL command"));
        co_return Next::go_on;
    }
    if (transaction_.chunk_refused) {
        queue_reply(Reply::make(503, "5.5.1 Error: MAIL after BDAT"));
        co_return Next::go_on;
    }
    const auto parsed = smtp::parse_path_argument(command.arguments, "FROM:",
                                                  {.syntax = settings_.strict_rfc821_envelopes ? smtp::PathSyntax::strict : smtp::PathSyntax::lax,
                                                   .bare_numeric_domain = settings_.resolve_numeric_domain ? smtp::BareNumericDomain::allowed : smtp::BareNumericDomain::refused});
    if (!parsed) {
        queue_reply(parsed.error() == smtp::PathError::missing ? Reply::make(501, "5.5.4 Syntax: MAIL FROM:<address>") : Reply::make(501, "5.1.7 Bad sender address syntax"));
        co_return Next::go_on;
    }
    if (transcript_.count() > settings_.smtpd_history_flush_threshold) {
        co_await complain();
    }
    transaction_ = {};
    transaction_.envelope.reverse_path = mail::ReversePath(parsed->path.address);
    transaction_.sender_as_given = smtp::quote_address(parsed->path.address);
    Verp verp = Verp::refused;
    if (service_->verp_clients && base::upper(parsed->rest).find("XVERP") != std::string::npos) {
        world::Task<bool> asking = may_ask_for_verp();
        verp = co_await std::move(asking) ? Verp::allowed : Verp::refused;
    }
    if (const auto refused = take_mail_parameters(parsed->rest, verp)) {
        reset_transaction();
        queue_reply(*refused);
        co_return Next::go_on;
    }
    if (settings_.strict_smtputf8 && !transaction_.envelope.smtputf8 && !smtp::is_ascii(parsed->path.address)) {
        reset_transaction();
        queue_reply(replies::undeclared_smtputf8());
        co_return Next::go_on;
    }
    transaction_.has_sender = true;
    if (service_->proxy_filter) {
        transaction_.mail_command = command.verb_text + " " + command.arguments;
    }
    std::optional<Reply> refused;
    if (settings_.message_size_limit.count > 0 && transaction_.declared_size > settings_.message_size_limit) {
        refused = replies::message_too_big();
        log_rejected("reject", refused->text());
    } else if (!transaction_.envelope.verp_delimiters.empty() && transaction_.envelope.reverse_path.is_null()) {
        refused = Reply::make(503, "5.5.4 Error: XVERP requires non-null sender");
    } else if (!doors_.intake.has_room(transaction_.declared_size)) {
        refused = replies::insufficient_storage();
        doors_.events.warn(settings_.label, "not enough free space in mail queue: see queue_minfree and message_size_limit");
        log_rejected("reject", refused->text());
    } else if (exceeds(settings_.smtpd_client_message_rate_limit, ClientLimits::Event::message, "Message delivery request")) {
        refused = Reply::make(450, "4.7.1 Error: too much mail from " + peer_.address.text());
    } else if (!settings_.smtpd_delay_reject) {
        Decision decision;
        const Facts known = facts(Stage::sender);
        world::Task<std::optional<Reply>> judging = judge_before_sender(known, decision);
        refused = co_await std::move(judging);
        if (!refused) {
            judging = judge_sender(known, decision);
            refused = co_await std::move(judging);
        }
        transaction_.defer_if_permit = std::move(decision.defer_if_permit);
    }
    if (!refused && talk_) {
        world::Task<std::optional<Reply>> asking = milters_on_mail(parsed->rest);
        refused = co_await std::move(asking);
    }
    if (refused) {
        reset_transaction();
        queue_reply(*refused);
        co_return Next::go_on;
    }
    transaction_.envelope.arrival = doors_.core.clock.wall_now();
    queue_reply(replies::sender_ok());
    co_return Next::go_on;
}

std::optional<Reply> Session::take_mail_parameters(std::string_view rest, Verp verp) {
    mail::Envelope& envelope = transaction_.envelope;
    for (const smtp::EsmtpParameter& parameter : smtp::parse_esmtp_parameters(rest)) {
        const auto unsupported = [&parameter] { return Reply::make(555, "5.5.4 Unsupported option: " + parameter.text); };
        if (parameter.keyword == "SIZE") {
            const auto size = smtp::parse_size_parameter(parameter.value);
            if (!size) {
                return Reply::make(501, "5.5.4 Bad message size syntax");
            }
            transaction_.declared_size = {*size};
        } else if (parameter.keyword == "BODY") {
            const auto body = smtp::parse_body_parameter(parameter.value);
            if (!body) {
                return unsupported();
            }
            envelope.body = *body == smtp::BodyType::eight_bit_mime ? mail::BodyType::eight_bit_mime : mail::BodyType::seven_bit;
        } else if (parameter.keyword == "SMTPUTF8" && !parameter.value && settings_.smtputf8_enable && !hidden_.has(smtp::EhloKeyword::smtputf8)) {
            envelope.smtputf8 = true;
        } else if (parameter.keyword == "AUTH" && parameter.value) {
            if (!settings_.smtpd_sasl_auth_enable) {
                return Reply::make(503, "5.5.4 Error: authentication disabled");
            }
            transaction_.sasl_sender = smtp::xtext_decode(*parameter.value).value_or("");
        } else if (parameter.keyword == "XVERP" && verp == Verp::allowed) {
            if (auto refused = take_verp(parameter.value)) {
                return refused;
            }
        } else if (parameter.keyword == "RET" || parameter.keyword == "ENVID") {
            if (hidden_.has(smtp::EhloKeyword::dsn)) {
                return Reply::make(501, "5.7.1 DSN support is disabled");
            }
            if (parameter.keyword == "RET") {
                const auto ret = parameter.value ? smtp::parse_dsn_return(*parameter.value) : std::nullopt;
                if (!ret || envelope.ret != mail::DsnRet::unset) {
                    return Reply::make(501, "5.5.4 Bad RET parameter syntax");
                }
                envelope.ret = *ret == smtp::DsnReturn::full ? mail::DsnRet::full : mail::DsnRet::hdrs;
            } else {
                const auto id = parameter.value ? smtp::parse_envelope_id(*parameter.value) : std::nullopt;
                if (!id || !envelope.envelope_id.empty()) {
                    return Reply::make(501, "5.5.4 Bad ENVID parameter syntax");
                }
                envelope.envelope_id = *id;
            }
        } else {
            return unsupported();
        }
    }
    return std::nullopt;
}

std::optional<Reply> Session::take_verp(const std::optional<std::string>& delimiters) {
    if (delimiters && !mail::are_verp_delimiters(*delimiters, settings_.verp_delimiter_filter)) {
        return Reply::make(501, base::format("5.5.4 Error: XVERP needs two characters from {}", settings_.verp_delimiter_filter));
    }
    transaction_.envelope.verp_delimiters = delimiters.value_or(settings_.default_verp_delimiters);
    return std::nullopt;
}

world::Task<bool> Session::may_ask_for_verp() {
    if (!service_->verp_clients) {
        co_return false;
    }
    const auto match = co_await service_->verp_clients->match_client(client_name_, peer_.address);
    co_return match.is_match();
}

}  // namespace posthouse::receive
