#include "receive/restrictions/listed.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

class RejectUnlisted final : public Restriction {
public:
    RejectUnlisted(std::string name, StatusSubject subject, const RestrictionContext& context)
        : name_(std::move(name)), subject_(subject), settings_(context.settings), router_(context.router) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const std::optional<std::string>& address = subject_ == StatusSubject::sender ? facts.sender : facts.recipient;
        if (!address || address->empty()) {
            co_return Verdict::dunno();
        }
        const std::string named = *address;
        const mail::Validation validation = co_await router_.validate(named);
        if (validation.state == mail::Validation::State::unknown) {
            co_return lookup_failure(named);
        }
        auto refused = unlisted_reply(validation, named, subject_, *settings_);
        co_return refused ? Verdict::reject(std::move(*refused)) : Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    std::string name_;
    StatusSubject subject_;
    std::shared_ptr<const SmtpdSettings> settings_;
    mail::Router& router_;
};

}  // namespace

std::optional<smtp::Reply> unlisted_reply(const mail::Validation& validation, std::string_view address, StatusSubject subject, const SmtpdSettings& settings) {
    switch (validation.state) {
        case mail::Validation::State::known: return std::nullopt;
        case mail::Validation::State::unknown: return lookup_failure(address).reply;
        case mail::Validation::State::absent: break;
    }
    int code = 550;
    switch (validation.address_class) {
        case mail::AddressClass::local: code = settings.unknown_local_recipient_reject_code; break;
        case mail::AddressClass::relay: code = settings.unknown_relay_recipient_reject_code; break;
        case mail::AddressClass::virtual_alias: code = settings.unknown_virtual_alias_reject_code; break;
        case mail::AddressClass::virtual_mailbox: code = settings.unknown_virtual_mailbox_reject_code; break;
        case mail::AddressClass::default_class: break;
    }
    smtp::EnhancedStatus status = fitting_status(smtp::EnhancedStatus::parse(validation.status).value_or(smtp::EnhancedStatus{5, 1, 1}), subject);
    if (status.status_class == 4) {
        code = 450;  // a retry: entry of transport_maps
    } else if (code < 500) {
        status.status_class = 4;
    }
    const std::string_view words = subject == StatusSubject::sender ? "Sender address" : "Recipient address";
    // "User unknown in local recipient table" tells which table; not everybody wants that told.
    constexpr std::string_view unknown_in = "User unknown in ";
    const bool hides_table = !settings.show_user_unknown_table_name && validation.reason.starts_with(unknown_in);
    const std::string_view reason = hides_table ? std::string_view("User unknown") : std::string_view(validation.reason);
    return smtp::Reply::make(code, base::format("{} <{}>: {} rejected: {}", status.text(), address, words, reason));
}

std::unique_ptr<Restriction> make_listed(const std::string& word, ListWords&, const RestrictionContext& context) {
    if (base::iequals(word, "reject_unlisted_recipient") || base::iequals(word, "check_recipient_maps")) {
        return std::make_unique<RejectUnlisted>(base::lower(word), StatusSubject::recipient, context);
    }
    return base::iequals(word, "reject_unlisted_sender") ? std::make_unique<RejectUnlisted>("reject_unlisted_sender", StatusSubject::sender, context) : nullptr;
}

}  // namespace posthouse::receive
