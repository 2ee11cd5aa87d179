// reject_unverified_sender, reject_unverified_recipient: ADDRESS_VERIFICATION_README.
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

// The words of another server, who may be long-winded; with an address beside them a reply has 512 bytes (RFC 5321 §4.5.3.1.5).
constexpr std::size_t text_length_max = 250;

class RejectUnverified final : public Restriction {
public:
    RejectUnverified(std::string name, Stage about, const RestrictionContext& context)
        : name_(std::move(name)), about_(about), settings_(context.settings), verifier_(context.verifier) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const std::string address = (about_ == Stage::sender ? facts.sender : facts.recipient).value_or("");
        if (address.empty()) {
            co_return Verdict::dunno();
        }
        Facts about = facts;
        about.stage = about_;
        if (verifier_.verifier == nullptr) {
            co_return temporarily(about, 450, "address verification problem");
        }
        // As often as Postfix's smtpd looks, with the pauses in between; we hear of the answer when it is there.
        const auto patience = settings_->address_verify_poll_delay * std::max<std::int64_t>(0, settings_->address_verify_poll_count - 1);
        world::Task<mail::Verification> verifying = verifier_.verifier->verify(address, patience, *verifier_.core);
        const mail::Verification found = co_await std::move(verifying);
        co_return verdict(about, found);
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    [[nodiscard]] Verdict verdict(const Facts& about, const mail::Verification& found) const {
        if (found.state == mail::Verification::State::deliverable) {
            return Verdict::dunno();
        }
        const SmtpdSettings::Unverified& codes = policy();
        const int code = found.state == mail::Verification::State::undeliverable ? codes.reject_code : codes.defer_code;
        const std::string why = base::printable(codes.reject_reason.empty() ? found.text : codes.reject_reason).substr(0, text_length_max);
        switch (code / 100) {
            case 2: return Verdict::dunno();
            case 4: return temporarily(about, code, "unverified address: " + why);
            default: return Verdict::reject(stage_reply(about, code, status(), "undeliverable address: " + why));
        }
    }
    [[nodiscard]] Verdict temporarily(const Facts& about, int code, std::string_view text) const {
        smtp::Reply reply = stage_reply(about, code, status(), text);
        if (policy().tempfail_defers) {
            return Verdict::reject(std::move(reply));
        }
        return {Verdict::Kind::defer_if_permit, std::move(reply), {}};
    }
    [[nodiscard]] const SmtpdSettings::Unverified& policy() const { return about_ == Stage::sender ? settings_->unverified_sender : settings_->unverified_recipient; }
    [[nodiscard]] std::string_view status() const { return about_ == Stage::sender ? "4.1.7" : "4.1.1"; }

    std::string name_;
    Stage about_;
    std::shared_ptr<const SmtpdSettings> settings_;
    Verifying verifier_;
};

}  // namespace

std::unique_ptr<Restriction> make_unverified(const std::string& word, ListWords&, const RestrictionContext& context) {
    if (base::iequals(word, "reject_unverified_recipient")) {
        return std::make_unique<RejectUnverified>("reject_unverified_recipient", Stage::recipient, context);
    }
    return base::iequals(word, "reject_unverified_sender") ? std::make_unique<RejectUnverified>("reject_unverified_sender", Stage::sender, context) : nullptr;
}

}  // namespace posthouse::receive
