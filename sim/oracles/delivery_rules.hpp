#pragma once
// DeliveryRules: where the configuration wants mail to go, how protected, and as whom: what next hops hold the server to.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::sim {

struct DeliveryRules {
    enum class Protection : std::uint8_t { may, none, encrypt };
    std::map<std::string, Protection, std::less<>> tls;  // smtp_tls_policy_maps, by nexthop
    std::string relayhost;                               // empty: direct delivery
    std::string routed_domain;                           // senders of this domain go to routed_to (sender_dependent_relayhost_maps)
    std::string routed_to;                               // "[10.0.0.4]:25"
    std::string routed_name;                             // of that next hop
    std::string login_at;                                // the next hop for which there is a password (smtp_sasl_password_maps)
    std::string user, password;
    std::vector<std::string> marks;  // fields that every message has got on its way in: "X-Milter: seen"

    [[nodiscard]] bool routes(std::string_view sender) const { return !routed_domain.empty() && sender.ends_with("@" + routed_domain); }
    [[nodiscard]] std::string nexthop(std::string_view sender, std::string_view recipient) const {
        return routes(sender) ? routed_to : !relayhost.empty() ? relayhost : std::string(recipient.substr(recipient.find('@') + 1));
    }
    [[nodiscard]] Protection protection(std::string_view sender, std::string_view recipient) const {
        const auto found = tls.find(nexthop(sender, recipient));
        return found == tls.end() ? Protection::may : found->second;
    }
};

}  // namespace posthouse::sim
