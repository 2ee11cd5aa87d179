#include "dns/mx_lookup.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "dns/answer_text.hpp"

namespace posthouse::dns {
namespace {

using world::DnsAnswer;

MailHosts none(MailHosts::State state, std::string status, std::string text) {
    return {.state = state, .hosts = {}, .status = std::move(status), .text = std::move(text)};
}

MailHosts none(const HostAddresses& addresses) {
    const bool unknown = addresses.state == HostAddresses::State::unknown;
    return none(unknown ? MailHosts::State::unknown : MailHosts::State::absent, unknown ? "4.4.3" : "5.4.4",
                addresses.text);
}

MailHosts loops_back(std::string_view domain) {
    return none(MailHosts::State::absent, "5.4.6", base::format("mail for {} loops back to myself", domain));
}

bool is_own(const MailHost& host, const MxLookupOptions& options) {
    return std::find(options.own_addresses.begin(), options.own_addresses.end(), host.address) !=
           options.own_addresses.end();
}

int family_rank(const base::IpAddress& address, AddressPreference preference) {
    if (preference == AddressPreference::any) {
        return 0;
    }
    return (preference == AddressPreference::ipv4) == address.is_v4() ? 0 : 1;
}

void put_in_order(std::vector<MailHost>& hosts, const MxLookupOptions& options, world::Random& random) {
    if (options.smtp_randomize_addresses == Randomize::yes) {
        for (std::size_t i = hosts.size(); i > 1; --i) {
            std::swap(hosts[i - 1], hosts[random.below(i)]);
        }
    }
    std::stable_sort(hosts.begin(), hosts.end(), [&options](const MailHost& a, const MailHost& b) {
        return std::pair(a.preference, family_rank(a.address, options.smtp_address_preference)) <
               std::pair(b.preference, family_rank(b.address, options.smtp_address_preference));
    });
}

// Hosts at our own preference or above are reached better through us than by us (RFC 5321 §5.1).
void drop_own_and_worse(std::vector<MailHost>& hosts, const MxLookupOptions& options) {
    std::uint32_t own_preference = UINT32_MAX;
    for (const auto& host : hosts) {
        if (is_own(host, options)) {
            own_preference = std::min<std::uint32_t>(own_preference, host.preference);
        }
    }
    std::erase_if(hosts, [own_preference](const MailHost& host) { return host.preference >= own_preference; });
}

std::vector<world::DnsRecord> nearest_first(std::vector<world::DnsRecord> records) {
    std::stable_sort(records.begin(), records.end(),
                     [](const auto& a, const auto& b) { return a.preference < b.preference; });
    if (records.size() > mx_hosts_max) {
        records.resize(mx_hosts_max);
    }
    return records;
}

bool is_null_mx(const std::vector<world::DnsRecord>& records) {
    return records.size() == 1 && (records.front().name.empty() || records.front().name == ".");
}

std::string server_name(const std::string& asked, const HostAddresses& found, ServerName wanted) {
    return wanted == ServerName::canonical && !found.canonical_name.empty() ? found.canonical_name : asked;
}

world::Task<MailHosts> addresses_of_all(world::Resolver& resolver, std::vector<world::DnsRecord> records,
                                        const MxLookupOptions& options, world::Deadline deadline) {
    MailHosts out = none(MailHosts::State::absent, "5.4.4", "no MX host has a valid address record");
    for (const auto& record : records) {
        const HostAddresses addresses = co_await lookup_host(resolver, record.name, options.host, deadline);
        for (const auto& address : addresses.addresses) {
            out.hosts.push_back({server_name(record.name, addresses, options.smtp_cname_overrides_servername), address, record.preference});
        }
        // One host that may have an address later is a reason to wait for it.
        if (out.hosts.empty() && addresses.state != HostAddresses::State::found &&
            out.state != MailHosts::State::unknown) {
            out = none(addresses);
        }
    }
    if (!out.hosts.empty()) {
        out.state = MailHosts::State::found;
    }
    co_return out;
}

MailHosts finish_mx(MailHosts found, std::uint16_t best_preference, std::string_view domain,
                    const MxLookupOptions& options, world::Random& random) {
    if (found.hosts.empty()) {
        if (options.smtp_defer_if_no_mx_address_found && found.state == MailHosts::State::absent) {
            found.state = MailHosts::State::unknown;
            found.status.front() = '4';
        }
        return found;
    }
    const std::uint16_t best_found = found.hosts.front().preference;
    if (options.loop_detection == LoopDetection::on) {
        const std::size_t all = found.hosts.size();
        drop_own_and_worse(found.hosts, options);
        found.own_is_listed = found.hosts.size() < all;
    }
    if (found.hosts.empty()) {
        // A better host exists but has no address now: it may get one.
        MailHosts out = best_found == best_preference ? loops_back(domain)
                                                      : none(MailHosts::State::unknown, "4.4.4",
                                                             base::format("unable to find primary relay for {}", domain));
        out.own_is_listed = true;
        return out;
    }
    put_in_order(found.hosts, options, random);
    found.status.clear();
    found.text.clear();
    return found;
}

}  // namespace

world::Task<MailHosts> lookup_mail_host(world::Resolver& resolver, world::Random& random, std::string host,
                                        MxLookupOptions options, world::Deadline deadline) {
    const HostAddresses addresses = co_await lookup_host(resolver, host, options.host, deadline);
    if (addresses.state != HostAddresses::State::found) {
        co_return none(addresses);
    }
    MailHosts out = none(MailHosts::State::found, {}, {});
    for (const auto& address : addresses.addresses) {
        out.hosts.push_back({server_name(host, addresses, options.smtp_cname_overrides_servername), address, 0});
    }
    if (options.loop_detection == LoopDetection::on &&
        std::any_of(out.hosts.begin(), out.hosts.end(),
                    [&options](const MailHost& candidate) { return is_own(candidate, options); })) {
        co_return loops_back(host);
    }
    put_in_order(out.hosts, options, random);
    co_return out;
}

world::Task<MailHosts> lookup_mail_hosts(world::Resolver& resolver, world::Random& random, std::string domain,
                                         MxLookupOptions options, world::Deadline deadline) {
    if (address_literal(domain)) {
        co_return co_await lookup_mail_host(resolver, random, std::move(domain), std::move(options), deadline);
    }
    DnsAnswer answer = co_await resolver.query(domain, world::RecordType::mx, deadline);
    switch (answer.state) {
        case DnsAnswer::State::unknown:
            if (!options.ignore_mx_lookup_error) {
                co_return none(MailHosts::State::unknown, "4.4.3",
                               answer_text(domain, world::RecordType::mx, answer.state));
            }
            break;
        case DnsAnswer::State::found: {
            if (is_null_mx(answer.records)) {
                co_return none(MailHosts::State::absent, "5.1.0",
                               base::format("Domain {} does not accept mail (nullMX)", domain));
            }
            auto records = nearest_first(std::move(answer.records));
            const std::uint16_t best_preference = records.empty() ? std::uint16_t{0} : records.front().preference;
            MailHosts found = co_await addresses_of_all(resolver, std::move(records), options, deadline);
            MailHosts finished = finish_mx(std::move(found), best_preference, domain, options, random);
            finished.best_preference = best_preference;
            co_return finished;
        }
        // Not even NXDOMAIN is the end: the hosts file may know the name, and some name servers lie about types they
        // lack.
        case DnsAnswer::State::no_such_domain:
        case DnsAnswer::State::no_data:
            break;
    }
    co_return co_await lookup_mail_host(resolver, random, std::move(domain), std::move(options), deadline);
}

}  // namespace posthouse::dns
