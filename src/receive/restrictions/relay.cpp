// reject_unauth_destination, defer_unauth_destination, permit_auth_destination: whether mail for a recipient may enter at
// all. User-specified routing ("user@elsewhere"@us, user%elsewhere@us) is judged by where it would go: the Router unwraps it.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

class UnauthDestination final : public Restriction {
public:
    enum class Action : std::uint8_t { reject, defer, permit };
    UnauthDestination(std::string word, Action action, mail::Router& router, int code)
        : word_(std::move(word)), action_(action), router_(router), code_(code) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        if (!facts.recipient) {
            co_return Verdict::dunno();
        }
        const mail::Route route = co_await router_.classify(*facts.recipient);
        if (route.state == mail::Route::State::unknown) {
            co_return lookup_failure(facts);
        }
        const bool ours = route.address_class != mail::AddressClass::default_class;
        switch (action_) {
            case Action::permit: co_return ours ? Verdict::permit() : Verdict::dunno();
            case Action::reject:
            case Action::defer: break;
        }
        if (ours) {
            co_return Verdict::dunno();
        }
        co_return Verdict::reject(smtp::Reply::make(code_, base::format("{} <{}>: Relay access denied", action_ == Action::reject ? "5.7.1" : "4.7.1", *facts.recipient)));
    }
    [[nodiscard]] std::string name() const override { return word_; }

private:
    std::string word_;
    Action action_;
    mail::Router& router_;
    int code_;
};

}  // namespace

std::unique_ptr<Restriction> make_relay(const std::string& word, ListWords&, const RestrictionContext& context) {
    const std::string name = base::lower(word);
    if (name == "reject_unauth_destination") {
        return std::make_unique<UnauthDestination>(name, UnauthDestination::Action::reject, context.router, context.settings->relay_domains_reject_code);
    }
    if (name == "defer_unauth_destination") {
        return std::make_unique<UnauthDestination>(name, UnauthDestination::Action::defer, context.router, 454);
    }
    if (name == "permit_auth_destination") {
        return std::make_unique<UnauthDestination>(name, UnauthDestination::Action::permit, context.router, 0);
    }
    return nullptr;
}

}  // namespace posthouse::receive
