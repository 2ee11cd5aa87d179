// reject_sender_login_mismatch and its kin: whether a login owns the sender address (smtpd_sender_login_maps).
#include "base/case_fold.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"
#include "smtp/address.hpp"
#include "tables/address_lookup.hpp"

namespace posthouse::receive {

namespace {

// What a restriction of the family looks at.
struct Scope {
    bool logged_in = false;        // clients that are logged in must own the address
    bool not_logged_in = false;    // clients that are not must not use an address that somebody owns
    bool unlisted_is_free = false;  // an address that nobody owns is everybody's
};

constexpr std::pair<std::string_view, Scope> restriction_names[] = {
    {"reject_sender_login_mismatch", {.logged_in = true, .not_logged_in = true}},
    {"reject_authenticated_sender_login_mismatch", {.logged_in = true}},
    {"reject_unauthenticated_sender_login_mismatch", {.not_logged_in = true}},
    {"reject_known_sender_login_mismatch", {.logged_in = true, .not_logged_in = true, .unlisted_is_free = true}},
};

class SenderLogin final : public Restriction {
public:
    SenderLogin(std::string name, Scope scope, tables::MapList owners, const RestrictionContext& context)
        : name_(std::move(name)), scope_(scope), owners_(std::move(owners)), router_(context.router), recipient_delimiter_(context.recipient_delimiter) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const bool logged_in = !facts.sasl_username.empty();
        if (!facts.sender || facts.sender->empty() || owners_.empty() || !(logged_in ? scope_.logged_in : scope_.not_logged_in)) {
            co_return Verdict::dunno();
        }
        Facts about = facts;
        about.stage = Stage::sender;
        const tables::IsLocalDomain is_local = [this](std::string domain) { return is_ours(std::move(domain)); };
        world::Task<tables::AddressMatch> finding = tables::find_mail_address(owners_, router_.rewrite(*facts.sender), recipient_delimiter_, is_local);
        const tables::AddressMatch match = co_await std::move(finding);
        if (match.lookup.is_unknown()) {
            co_return lookup_failure(about);
        }
        if (!logged_in) {
            co_return match.lookup.is_found() ? Verdict::reject(stage_reply(about, 553, "5.7.1", "not logged in")) : Verdict::dunno();
        }
        const bool owns = match.lookup.is_found() ? is_among(match.lookup.value, facts.sasl_username) : scope_.unlisted_is_free;
        co_return owns ? Verdict::dunno()
                       : Verdict::reject(stage_reply(about, 553, "5.7.1", base::format("not owned by user {}", base::printable(facts.sasl_username))));
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    static bool is_among(std::string_view owners, std::string_view user) {
        for (const std::string_view owner : base::split_words(owners, ", \t\r\n")) {
            if (base::equal_folded(owner, user)) {
                return true;
            }
        }
        return false;
    }

    world::Task<tables::Match> is_ours(std::string domain) const {
        tables::Match match;
        const mail::Route route = co_await router_.classify("x@" + domain);
        match.state = route.state == mail::Route::State::unknown            ? tables::Match::State::unknown
                      : route.address_class == mail::AddressClass::local ? tables::Match::State::match
                                                                            : tables::Match::State::no_match;
        co_return match;
    }

    std::string name_;
    Scope scope_;
    tables::MapList owners_;
    mail::Router& router_;
    std::string recipient_delimiter_;
};

}  // namespace

std::unique_ptr<Restriction> make_sender_login(const std::string& word, ListWords&, const RestrictionContext& context) {
    for (const auto& [name, scope] : restriction_names) {
        if (!base::iequals(word, name)) {
            continue;
        }
        if (!context.settings->smtpd_sasl_auth_enable && !context.inside_table) {
            context.open.warning(base::format("restriction \"{}\" has no effect: smtpd_sasl_auth_enable = no", name));
        }
        if (context.inside_table) {
            context.log_warning(base::format("{}: a table's value cannot name it; define a restriction class for it", name));
            return make_misconfigured(std::string(name));
        }
        tables::MapList owners;
        if (context.settings->smtpd_sasl_auth_enable) {
            owners = tables::MapList::open(context.view.text("smtpd_sender_login_maps"), context.open);
        }
        return std::make_unique<SenderLogin>(std::string(name), scope, std::move(owners), context);
    }
    return nullptr;
}

}  // namespace posthouse::receive
