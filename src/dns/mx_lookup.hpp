#pragma once
// Which hosts take mail for a domain (RFC 5321 §5.1, RFC 7505), with their addresses, in the order to try them.
#include <string>
#include <vector>

#include "dns/host_lookup.hpp"
#include "world/random.hpp"

namespace posthouse::dns {

enum class AddressPreference : std::uint8_t { any, ipv4, ipv6 };
enum class Randomize : std::uint8_t { no, yes };
enum class ServerName : std::uint8_t { as_asked, canonical };
enum class LoopDetection : std::uint8_t { off, on };

struct MxLookupOptions {
    HostLookupOptions host;
    AddressPreference smtp_address_preference = AddressPreference::any;
    Randomize smtp_randomize_addresses = Randomize::yes;
    bool ignore_mx_lookup_error = false;
    bool smtp_defer_if_no_mx_address_found = false;
    ServerName smtp_cname_overrides_servername = ServerName::as_asked;
    LoopDetection loop_detection = LoopDetection::on;  // off for ports other than smtp
    std::vector<base::IpAddress> own_addresses;        // inet_interfaces and proxy_interfaces
};

/// Ours: a hostile zone can list thousands of hosts to keep a delivery busy with lookups.
inline constexpr std::size_t mx_hosts_max = 32;

struct MailHost {
    std::string name;
    base::IpAddress address;
    std::uint16_t preference = 0;
    friend bool operator==(const MailHost&, const MailHost&) = default;
};

struct MailHosts {
    enum class State : std::uint8_t { found, absent, unknown } state = State::unknown;
    std::vector<MailHost> hosts;
    std::string status;  // enhanced status code if there are none: "5.4.4", "4.4.3"
    std::string text;
    std::optional<std::uint16_t> best_preference = {};  // of all MX records, whether those hosts are reachable or not; nullopt: there are none
    bool own_is_listed = false;  // we are one of its hosts (with loop_detection), which is left out with those that are no better
};

/// Hosts by MX, or the domain itself if it has no MX.
[[nodiscard]] world::Task<MailHosts> lookup_mail_hosts(world::Resolver& resolver, world::Random& random,
                                                       std::string domain, MxLookupOptions options,
                                                       world::Deadline deadline);
/// The host itself, without a question for MX: "[host]" as nexthop.
[[nodiscard]] world::Task<MailHosts> lookup_mail_host(world::Resolver& resolver, world::Random& random,
                                                      std::string host, MxLookupOptions options,
                                                      world::Deadline deadline);

}  // namespace posthouse::dns
