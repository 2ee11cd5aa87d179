#include "milter/local_mail.hpp"

#include "base/format.hpp"
#include "smtp/address.hpp"

namespace posthouse::milter {

using mail::MilterAnswer;

LocalMail::LocalMail(std::shared_ptr<const milter::Milters> milters, std::string queue_id, Connection::Doors doors)
    : milters_(std::move(milters)),
      queue_id_(std::move(queue_id)),
      doors_(doors),
      chain_(*milters_, [this](std::string_view name) { return macro(name); }, doors) {}

std::optional<std::string> LocalMail::macro(std::string_view name) const {
    if (name == "i") {
        return queue_id_;
    }
    if (name == "j") {
        return milters_->settings->myhostname;
    }
    if (name == "_") {
        return base::format("{} [{}]", client_name_, client_address_);
    }
    const std::pair<std::string_view, std::optional<std::string>> known[] = {
        {"{client_addr}", client_address_}, {"{client_name}", client_name_}, {"{client_ptr}", client_name_}, {"{client_port}", "0"},
        {"{auth_type}", sasl_method_},      {"{auth_authen}", sasl_username_}, {"{mail_addr}", sender_},     {"{rcpt_addr}", recipient_}};
    for (const auto& [key, value] : known) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

bool LocalMail::is_last(const MilterAnswer& answer) {
    holds_ = holds_ || answer.kind == MilterAnswer::Kind::hold;
    return answer.kind != MilterAnswer::Kind::go_on && answer.kind != MilterAnswer::Kind::hold;
}

MilterAnswer LocalMail::of_recipient(MilterAnswer answer) {
    if (answer.kind != MilterAnswer::Kind::refuse && answer.kind != MilterAnswer::Kind::shutdown) {
        return answer;
    }
    doors_.events.on(milters_->settings->label, observe::Remark{observe::Severity::warning, queue_id_, "milter configuration error: can't reject recipient in non-smtpd(8) submission"});
    doors_.events.on(milters_->settings->label, observe::Remark{observe::Severity::warning, queue_id_, "deferring delivery of this message"});
    return {MilterAnswer::Kind::refuse, smtp::Reply::make(451, "4.3.5 Server configuration error")};
}

world::Task<MilterAnswer> LocalMail::pretend_envelope(const mail::Envelope& envelope) {
    event_ = "CONNECT";
    Client client{client_name_, client_address_, 0};
    world::Task<MilterAnswer> telling = chain_.connect(std::move(client));
    MilterAnswer answer = co_await std::move(telling);
    if (is_last(answer)) {
        co_return answer;
    }
    event_ = "EHLO";
    telling = chain_.helo(client_name_);
    answer = co_await std::move(telling);
    if (is_last(answer)) {
        co_return answer;
    }
    event_ = "MAIL";
    sender_ = smtp::quote_address(envelope.reverse_path.address());
    std::vector<std::string> words{base::format("<{}>", *sender_)};
    telling = chain_.mail(words);
    answer = co_await std::move(telling);
    if (is_last(answer)) {
        co_return answer;
    }
    event_ = "RCPT";
    for (std::size_t i = 0; i < envelope.recipients.size(); ++i) {
        recipient_ = smtp::quote_address(envelope.recipients[i].original_address);
        words.assign(1, base::format("<{}>", *recipient_));
        telling = chain_.rcpt(words);
        answer = co_await std::move(telling);
        if (is_last(answer)) {
            co_return of_recipient(std::move(answer));
        }
    }
    recipient_.reset();
    event_ = "DATA";
    telling = chain_.data();
    answer = co_await std::move(telling);
    co_return answer;
}

world::Task<MilterAnswer> LocalMail::pretend(mail::MessageUnderReview& message) {
    world::Task<MilterAnswer> telling = pretend_envelope(message.envelope());
    MilterAnswer answer = co_await std::move(telling);
    if (is_last(answer)) {
        co_return answer;
    }
    event_ = "END-OF-MESSAGE";
    world::Task<MilterAnswer> inspecting = chain_.inspect(message);
    answer = co_await std::move(inspecting);
    if (!is_last(answer) && holds_) {
        answer.kind = MilterAnswer::Kind::hold;
    }
    co_return answer;
}

world::Task<MilterAnswer> LocalMail::inspect(mail::MessageUnderReview& message) {
    const mail::Origin& origin = message.envelope().origin;
    if (!origin.client_address.empty()) {
        client_name_ = origin.client_name;
        client_address_ = origin.client_address;
    }
    sasl_method_ = origin.sasl_method.empty() ? std::nullopt : std::optional(origin.sasl_method);
    sasl_username_ = origin.sasl_username.empty() ? std::nullopt : std::optional(origin.sasl_username);
    world::Task<MilterAnswer> pretending = pretend(message);
    MilterAnswer answer = co_await std::move(pretending);
    co_await chain_.quit(doors_.clock.deadline_in(std::chrono::seconds{1}));  // ours: nobody waits for a good-bye
    co_return answer;
}

}  // namespace posthouse::milter
