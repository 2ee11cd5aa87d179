#pragma once
// From a nexthop to hosts, and from a host to a connection.
#include <expected>
#include <memory>

#include "deliver/smtp/nexthop.hpp"
#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "mail/outcome.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"
#include "world/network.hpp"
#include "world/random.hpp"
#include "world/resolver.hpp"

namespace posthouse::deliver {

class Connector {
public:
    Connector(const SmtpSettings& settings, world::Clock& clock, world::Network& network, world::Resolver& resolver,
              world::Random& random, observe::EventSink& events)
        : settings_(settings), clock_(clock), network_(network), resolver_(resolver), random_(random), events_(events) {}

    /// The hosts to try, in order, smtp_mx_address_limit of them at most.
    [[nodiscard]] world::Task<dns::MailHosts> find_hosts(Nexthop nexthop);
    /// Where none were found.
    [[nodiscard]] static mail::Outcome why_none(const dns::MailHosts& hosts);
    /// Within smtp_connect_timeout, from smtp_bind_address if there is one.
    [[nodiscard]] world::Task<std::expected<std::unique_ptr<Session>, mail::Outcome>> connect(dns::MailHost host,
                                                                                              std::uint16_t port);

private:
    // Ours: the resolver gives up earlier by itself; this bounds a zone with many slow hosts.
    static constexpr std::chrono::seconds lookup_time_limit{100};

    const SmtpSettings& settings_;
    world::Clock& clock_;
    world::Network& network_;
    world::Resolver& resolver_;
    world::Random& random_;
    observe::EventSink& events_;
};

}  // namespace posthouse::deliver
