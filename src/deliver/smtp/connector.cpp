#include "deliver/smtp/connector.hpp"

#include "deliver/smtp/reply_classes.hpp"

namespace posthouse::deliver {

world::Task<std::expected<std::vector<dns::MailHost>, mail::Outcome>> Connector::find_hosts(Nexthop nexthop) {
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
        if (settings_.smtp_mx_address_limit > 0 && found.hosts.size() > settings_.smtp_mx_address_limit) {
            found.hosts.resize(settings_.smtp_mx_address_limit);
        }
        co_return std::move(found.hosts);
    }
    mail::Outcome outcome = found.state == dns::MailHosts::State::absent
                                ? mail::Outcome::bounced(found.status, found.text)
                                : mail::Outcome::deferred(found.status, found.text);
    outcome.connection_failed = true;
    co_return std::unexpected(std::move(outcome));
}

world::Task<std::expected<std::unique_ptr<Session>, mail::Outcome>> Connector::connect(dns::MailHost host,
                                                                                       std::uint16_t port) {
    Peer peer{std::move(host.name), {host.address, port}};
    const auto bind_address = host.address.is_v4() ? settings_.smtp_bind_address : settings_.smtp_bind_address6;
    auto stream =
        co_await network_.connect(peer.endpoint, bind_address, clock_.deadline_in(settings_.smtp_connect_timeout));
    if (!stream) {
        co_return std::unexpected(not_connected(stream.error(), peer));
    }
    co_return std::make_unique<Session>(std::move(*stream), std::move(peer), clock_.now());
}

}  // namespace posthouse::deliver
