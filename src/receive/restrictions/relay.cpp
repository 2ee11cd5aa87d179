// reject_unauth_destination, defer_unauth_destination, permit_auth_destination: whether mail for a recipient may enter at
// all. User-specified routing ("user@elsewhere"@us, user%elsewhere@us) is judged by where it would go: the Router unwraps it.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive {

namespace {

class UnauthDestination final : public Restriction {
public:
    enum class Action : std::uint8_t { reject, defer, permit };
    UnauthDestination(std::string word, Action action, const RestrictionContext& context, int code)
        : word_(std::move(word)), action_(action), router_(context.router), code_(code), trusts_routing_(context.view.boolean("allow_untrusted_routing")) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        if (!facts.recipient) {
            co_return Verdict::dunno();
        }
        const mail::Route route = co_await router_.classify(*facts.recipient);
        if (route.state == mail::Route::State::unknown) {
            co_return lookup_failure(facts);
        }
        const bool ours = route.address_class != mail::AddressClass::default_class && !is_routed(route);
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
    // Who delivers next may read "user%elsewhere" as an address of its own: as the backup server of its domain we would be
    // the way into it. What is delivered here has been unwrapped by our own settings already.
    [[nodiscard]] bool is_routed(const mail::Route& route) const {
        return !trusts_routing_ && route.address_class != mail::AddressClass::local && smtp::local_part(route.recipient).find_first_of("@%!") != std::string_view::npos;
    }

    std::string word_;
    Action action_;
    mail::Router& router_;
    int code_;
    bool trusts_routing_;
};

}  // namespace

std::unique_ptr<Restriction> make_relay(const std::string& word, ListWords&, const RestrictionContext& context) {
    const std::string name = base::lower(word);
    if (name == "reject_unauth_destination") {
        return std::make_unique<UnauthDestination>(name, UnauthDestination::Action::reject, context, context.settings->relay_domains_reject_code);
    }
    if (name == "defer_unauth_destination") {
        return std::make_unique<UnauthDestination>(name, UnauthDestination::Action::defer, context, 454);
    }
    if (name == "permit_auth_destination") {
        return std::make_unique<UnauthDestination>(name, UnauthDestination::Action::permit, context, 0);
    }
    return nullptr;
}

}  // namespace posthouse::receive
