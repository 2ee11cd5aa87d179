// permit_mx_backup: mail for domains that name us among their mail servers, but not as the first. postconf(5).
#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "dns/host_lookup.hpp"
#include "receive/restrictions/restriction.hpp"
#include "smtp/address.hpp"
#include "tables/parent_domains.hpp"

namespace posthouse::receive {

namespace {

// Ours: a hostile zone can list thousands of hosts, and a client waits for the answer.
constexpr std::size_t exchangers_max = 32;
constexpr std::chrono::seconds lookup_time{15};

class PermitMxBackup final : public Restriction {
public:
    explicit PermitMxBackup(const RestrictionContext& context)
        : router_(context.router), resolver_(context.resolver), clock_(context.clock), myhostname_(context.view.text("myhostname")), own_addresses_(context.own_addresses) {
        if (const std::string networks = context.view.text("permit_mx_backup_networks"); !networks.empty()) {
            networks_ = std::make_unique<const tables::MatchList>(
                tables::MatchList::open_addresses(networks, tables::parents_of(context.view, "permit_mx_backup_networks"), context.open));
        }
    }

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        if (!facts.recipient) {
            co_return Verdict::dunno();
        }
        const mail::Route route = co_await router_.classify(*facts.recipient);
        if (route.state == mail::Route::State::unknown) {
            co_return lookup_failure(facts);
        }
        // What is routed by its sender ("user%elsewhere") would go on through the server that we are the backup of.
        if (route.address_class != mail::AddressClass::local && smtp::local_part(route.recipient).find_first_of("@%!") != std::string_view::npos) {
            co_return Verdict::dunno();
        }
        if (route.address_class != mail::AddressClass::default_class) {
            co_return Verdict::permit();
        }
        world::Task<Verdict> asking = judge_domain(facts, std::string(smtp::domain(route.recipient)));
        co_return co_await std::move(asking);
    }
    [[nodiscard]] std::string name() const override { return "permit_mx_backup"; }

private:
    world::Task<Verdict> judge_domain(const Facts& facts, std::string domain) const {
        if (domain.empty() || domain.starts_with('[')) {
            co_return Verdict::dunno();
        }
        const world::Deadline deadline = clock_.deadline_in(lookup_time);
        world::DnsAnswer answer = co_await resolver_.query(std::move(domain), world::RecordType::mx, deadline);
        if (answer.state == world::DnsAnswer::State::unknown) {
            co_return cannot_tell(facts, "Unable to look up mail exchanger information");
        }
        auto& exchangers = answer.records;
        std::stable_sort(exchangers.begin(), exchangers.end(), [](const auto& a, const auto& b) { return a.preference < b.preference; });
        exchangers.resize(std::min(exchangers.size(), exchangers_max));
        bool is_backup = false;
        for (const world::DnsRecord& exchanger : exchangers) {
            const bool is_primary = exchanger.preference == exchangers.front().preference;
            if (is_backup && !is_primary) {
                break;
            }
            if (base::iequals(exchanger.name, myhostname_)) {
                if (is_primary) {
                    co_return Verdict::dunno();  // since Postfix 2.3: who is primary says so in its own settings
                }
                is_backup = true;
                continue;
            }
            world::Task<dns::HostAddresses> resolving = dns::lookup_host(resolver_, exchanger.name, {.smtp_host_lookup = {dns::HostSource::native, dns::HostSource::dns}}, deadline);
            const dns::HostAddresses host = co_await std::move(resolving);
            if (host.state == dns::HostAddresses::State::unknown) {
                co_return cannot_tell(facts, base::format("Unable to look up host {} as mail exchanger", exchanger.name));
            }
            const bool is_us = std::ranges::any_of(host.addresses, [this](const base::IpAddress& one) { return std::ranges::find(own_addresses_, one) != own_addresses_.end(); });
            if (is_us && is_primary) {
                co_return Verdict::dunno();
            }
            is_backup = is_backup || is_us;
            if (is_primary && networks_ != nullptr) {
                for (const base::IpAddress& address : host.addresses) {
                    const tables::Match match = co_await networks_->match_client("", address);
                    if (match.is_unknown()) {
                        co_return lookup_failure(facts);
                    }
                    if (!match.is_match()) {
                        co_return Verdict::dunno();
                    }
                }
            }
        }
        co_return is_backup ? Verdict::permit() : Verdict::dunno();
    }

    static Verdict cannot_tell(const Facts& facts, std::string_view why) {
        return {Verdict::Kind::defer_if_reject, refusal(450, "4.4.4", *facts.recipient, "Recipient address", why), {}};
    }

    mail::Router& router_;
    world::Resolver& resolver_;
    world::Clock& clock_;
    std::string myhostname_;
    std::vector<base::IpAddress> own_addresses_;
    std::unique_ptr<const tables::MatchList> networks_;  // null: any
};

}  // namespace

std::unique_ptr<Restriction> make_mx_backup(const std::string& word, ListWords&, const RestrictionContext& context) {
    return base::lower(word) == "permit_mx_backup" ? std::make_unique<PermitMxBackup>(context) : nullptr;
}

}  // namespace posthouse::receive
