#include "deliver/smtp/connector.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "deliver/smtp/reply_classes.hpp"

namespace posthouse::deliver {
namespace {

// With both protocols present, the one with more addresses leaves the other its half of the limit, or all that it has.
void keep_first(std::vector<dns::MailHost>& hosts, std::size_t count_max, bool balanced) {
    if (count_max == 0 || hosts.size() <= count_max) {
        return;
    }
    std::size_t v4 = static_cast<std::size_t>(std::count_if(hosts.begin(), hosts.end(), [](const auto& host) { return host.address.is_v4(); }));
    std::size_t v6 = hosts.size() - v4;
    if (balanced && count_max > 1) {
        std::size_t& fewer = v4 < v6 ? v4 : v6;
        std::size_t& more = v4 < v6 ? v6 : v4;
        fewer = std::min(fewer, count_max / 2);
        more = count_max - fewer;
        std::erase_if(hosts, [&](const dns::MailHost& host) {
            std::size_t& left = host.address.is_v4() ? v4 : v6;
            const bool none_left = left == 0;
            left -= none_left ? 0 : 1;
            return none_left;
        });
    }
    hosts.resize(std::min(hosts.size(), count_max));
}

}  // namespace

world::Task<dns::MailHosts> Connector::find_hosts(Nexthop nexthop) {
    dns::MxLookupOptions options = settings_.mx;
    // A server of ours on another port is no loop: that is how mail reaches a content filter.
    if (nexthop.port != 25) {
        options.loop_detection = dns::LoopDetection::off;
    }
    const world::Deadline deadline = clock_.deadline_in(lookup_time_limit);
    dns::MailHosts found;
    if (nexthop.lookup == Nexthop::Lookup::host || settings_.disable_dns_lookups) {
        if (settings_.disable_dns_lookups) {
            options.host.smtp_host_lookup = {dns::HostSource::native};
        }
        found = co_await dns::lookup_mail_host(resolver_, random_, nexthop.host, std::move(options), deadline);
    } else {
        found = co_await dns::lookup_mail_hosts(resolver_, random_, nexthop.host, std::move(options), deadline);
    }
    if (found.state == dns::MailHosts::State::found) {
        keep_first(found.hosts, settings_.smtp_mx_address_limit, settings_.smtp_balance_inet_protocols);
    }
    co_return found;
}

mail::Outcome Connector::why_none(const dns::MailHosts& hosts) {
    mail::Outcome outcome = hosts.state == dns::MailHosts::State::absent ? mail::Outcome::bounced(hosts.status, hosts.text)
                                                                         : mail::Outcome::deferred(hosts.status, hosts.text);
    outcome.connection_failed = true;
    return outcome;
}

world::Task<std::expected<std::unique_ptr<Session>, mail::Outcome>> Connector::connect(dns::MailHost host,
                                                                                       std::uint16_t port) {
    Peer peer{std::move(host.name), {host.address, port}};
    const auto bind_address = host.address.is_v4() ? settings_.smtp_bind_address : settings_.smtp_bind_address6;
    const world::Deadline deadline = clock_.deadline_in(settings_.smtp_connect_timeout);
    auto stream = co_await network_.connect(peer.endpoint, bind_address, deadline);
    if (!stream && stream.error().kind == base::ErrorKind::invalid && bind_address && !settings_.smtp_bind_address_enforce) {
        events_.warn(settings_.speaker, stream.error().text);
        stream = co_await network_.connect(peer.endpoint, std::nullopt, deadline);
    }
    if (!stream) {
        co_return std::unexpected(not_connected(stream.error(), peer));
    }
    co_return std::make_unique<Session>(std::move(*stream), std::move(peer), clock_.now());
}

}  // namespace posthouse::deliver
