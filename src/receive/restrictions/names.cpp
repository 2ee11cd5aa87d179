// Whether names are complete and lead anywhere: reject_non_fqdn_*, reject_invalid_helo_hostname, reject_unknown_*.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"
#include "smtp/address.hpp"
#include "smtp/hostname.hpp"

namespace posthouse::receive {

namespace {

// Ours: a resolver that hangs must not hold a client longer than this per question.
constexpr std::chrono::seconds lookup_time_max{30};

enum class Check : std::uint8_t {
    invalid_helo,
    non_fqdn_helo,
    unknown_helo,
    non_fqdn_sender,
    non_fqdn_recipient,
    unknown_sender_domain,
    unknown_recipient_domain,
    unknown_client,
    unknown_reverse_client,
};

constexpr std::pair<std::string_view, Check> restriction_names[] = {
    {"reject_invalid_helo_hostname", Check::invalid_helo},
    {"reject_invalid_hostname", Check::invalid_helo},
    {"reject_non_fqdn_helo_hostname", Check::non_fqdn_helo},
    {"reject_non_fqdn_hostname", Check::non_fqdn_helo},
    {"reject_unknown_helo_hostname", Check::unknown_helo},
    {"reject_unknown_hostname", Check::unknown_helo},
    {"reject_non_fqdn_sender", Check::non_fqdn_sender},
    {"reject_non_fqdn_recipient", Check::non_fqdn_recipient},
    {"reject_unknown_sender_domain", Check::unknown_sender_domain},
    {"reject_unknown_address", Check::unknown_sender_domain},
    {"reject_unknown_recipient_domain", Check::unknown_recipient_domain},
    {"reject_unknown_client_hostname", Check::unknown_client},
    {"reject_unknown_client", Check::unknown_client},
    {"reject_unknown_reverse_client_hostname", Check::unknown_reverse_client},
};

std::string_view without_final_dot(std::string_view name) {
    if (name.ends_with('.') && !name.ends_with("..")) {
        name.remove_suffix(1);
    }
    return name;
}

bool is_fqdn(std::string_view name) { return smtp::is_valid_hostname(name) && name.find('.') != std::string_view::npos; }

bool is_literal_form(std::string_view domain) { return domain.starts_with('[') && domain.ends_with(']'); }

enum class Existence : std::uint8_t { exists, takes_no_mail, absent, unknown };

bool is_null_mx(const world::DnsAnswer& answer) {
    return answer.records.size() == 1 && answer.records.front().preference == 0 && (answer.records.front().name.empty() || answer.records.front().name == ".");
}

// Asks in order until one type has an answer.
world::Task<Existence> look_up(world::Resolver& resolver, std::string name, std::vector<world::RecordType> types, world::Deadline deadline) {
    if (!smtp::is_valid_hostname(name)) {
        co_return Existence::absent;
    }
    Existence result = Existence::absent;
    for (const world::RecordType type : types) {
        const world::DnsAnswer answer = co_await resolver.query(name, type, deadline);
        if (answer.state == world::DnsAnswer::State::found) {
            co_return type == world::RecordType::mx && is_null_mx(answer) ? Existence::takes_no_mail : Existence::exists;
        }
        if (answer.state == world::DnsAnswer::State::unknown) {
            result = Existence::unknown;
        }
    }
    co_return result;
}

Verdict for_now(SmtpdSettings::TempfailAction action, smtp::Reply reply) {
    return {action == SmtpdSettings::TempfailAction::defer ? Verdict::Kind::reject : Verdict::Kind::defer_if_permit, std::move(reply), {}};
}

Facts at_stage(Facts facts, Stage stage) {
    facts.stage = stage;
    return facts;
}

class NameCheck final : public Restriction {
public:
    NameCheck(std::string name, Check check, const RestrictionContext& context)
        : name_(std::move(name)), check_(check), settings_(context.settings), router_(context.router), resolver_(context.resolver), clock_(context.clock) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        switch (check_) {
            case Check::invalid_helo:
            case Check::non_fqdn_helo:
            case Check::unknown_helo: {
                const Facts about = at_stage(facts, Stage::helo);
                co_return co_await helo(about);
            }
            case Check::non_fqdn_sender: co_return fqdn_address(at_stage(facts, Stage::sender), facts.sender.value_or(""));
            case Check::non_fqdn_recipient: co_return fqdn_address(at_stage(facts, Stage::recipient), facts.recipient.value_or(""));
            case Check::unknown_sender_domain: co_return co_await known_domain(at_stage(facts, Stage::sender), facts.sender.value_or(""));
            case Check::unknown_recipient_domain: co_return co_await known_domain(at_stage(facts, Stage::recipient), facts.recipient.value_or(""));
            case Check::unknown_client: co_return client(facts, facts.client_name, "hostname");
            case Check::unknown_reverse_client: co_return client(facts, facts.client_reverse_name, "reverse hostname");
        }
        co_return Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    [[nodiscard]] world::Task<Verdict> helo(Facts facts) const {
        if (facts.helo_name.empty()) {
            co_return Verdict::dunno();
        }
        if (facts.helo_name.starts_with('[')) {
            co_return smtp::is_valid_hostliteral(facts.helo_name)
                ? Verdict::dunno()
                : Verdict::reject(stage_reply(facts, settings_->invalid_hostname_reject_code, "5.5.2", "invalid ip address"));
        }
        const std::string name(without_final_dot(facts.helo_name));
        if (check_ == Check::non_fqdn_helo) {
            co_return is_fqdn(name) ? Verdict::dunno()
                                    : Verdict::reject(stage_reply(facts, settings_->non_fqdn_reject_code, "5.5.2", "need fully-qualified hostname"));
        }
        if (check_ == Check::invalid_helo) {
            // An address without brackets is no name, but Postfix lets it pass here.
            co_return smtp::is_valid_hostname(name) || base::IpAddress::parse(name)
                ? Verdict::dunno()
                : Verdict::reject(stage_reply(facts, settings_->invalid_hostname_reject_code, "5.5.2", "Invalid name"));
        }
        const std::vector<world::RecordType> types{world::RecordType::a, world::RecordType::aaaa, world::RecordType::mx};
        const Existence existence = co_await look_up(resolver_, name, types, clock_.deadline_in(lookup_time_max));
        switch (existence) {
            case Existence::exists:
            case Existence::takes_no_mail: break;
            case Existence::absent: co_return Verdict::reject(stage_reply(facts, settings_->unknown_hostname_reject_code, "4.7.1", "Host not found"));
            case Existence::unknown: co_return for_now(settings_->unknown_helo_hostname_tempfail_action, stage_reply(facts, 450, "4.7.1", "Host not found"));
        }
        co_return Verdict::dunno();
    }

    [[nodiscard]] Verdict fqdn_address(const Facts& facts, const std::string& address) const {
        const std::string_view domain = smtp::domain(address);
        if (address.empty() || is_literal_form(domain) || is_fqdn(without_final_dot(domain))) {
            return Verdict::dunno();
        }
        return Verdict::reject(stage_reply(facts, settings_->non_fqdn_reject_code, "5.5.2", "need fully-qualified address"));
    }

    [[nodiscard]] world::Task<Verdict> known_domain(Facts facts, std::string address) const {
        if (address.empty()) {
            co_return Verdict::dunno();
        }
        const mail::Route route = co_await router_.classify(address);
        if (route.state == mail::Route::State::unknown) {
            co_return lookup_failure(facts);
        }
        const bool final_here = route.address_class != mail::AddressClass::default_class && route.address_class != mail::AddressClass::relay;
        const std::string resolved = router_.rewrite(route.recipient.empty() ? address : route.recipient);
        const std::string domain(without_final_dot(smtp::domain(resolved)));
        if (final_here || domain.empty() || is_literal_form(domain)) {
            co_return Verdict::dunno();
        }
        const std::vector<world::RecordType> types{world::RecordType::mx, world::RecordType::a, world::RecordType::aaaa};
        const Existence existence = co_await look_up(resolver_, domain, types, clock_.deadline_in(lookup_time_max));
        const bool sender = facts.stage == Stage::sender;
        const std::string_view status = sender ? "4.1.8" : "4.1.2";
        switch (existence) {
            case Existence::exists: break;
            case Existence::takes_no_mail:
                co_return Verdict::reject(
                    stage_reply(facts, 550, sender ? "5.7.27" : "5.1.10", base::format("Domain {} does not accept mail (nullMX)", domain)));
            case Existence::absent: co_return Verdict::reject(stage_reply(facts, settings_->unknown_address_reject_code, status, "Domain not found"));
            case Existence::unknown: co_return for_now(settings_->unknown_address_tempfail_action, stage_reply(facts, 450, status, "Domain not found"));
        }
        co_return Verdict::dunno();
    }

    [[nodiscard]] Verdict client(const Facts& facts, const std::string& name, std::string_view what) const {
        if (name != "unknown") {
            return Verdict::dunno();
        }
        const int code = facts.client_name_lookup_failed ? 450 : settings_->unknown_client_reject_code;
        return Verdict::reject(smtp::Reply::make(
            code, base::format("{}.7.25 Client host rejected: cannot find your {}, [{}]", code / 100, what, facts.client_address.text())));
    }

    std::string name_;
    Check check_;
    std::shared_ptr<const SmtpdSettings> settings_;
    mail::Router& router_;
    world::Resolver& resolver_;
    world::Clock& clock_;
};

}  // namespace

std::unique_ptr<Restriction> make_names(const std::string& word, ListWords&, const RestrictionContext& context) {
    for (const auto& [name, check] : restriction_names) {
        if (base::iequals(word, name)) {
            return std::make_unique<NameCheck>(std::string(name), check, context);
        }
    }
    return nullptr;
}

}  // namespace posthouse::receive
