#pragma once
// PostfixRouter: the Router door. From an address to its class, transport and nexthop (ADDRESS_CLASS_README,
// trivial-rewrite(8), transport(5)). One per configuration; immutable, shared by all cores.
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "config/view.hpp"
#include "mail/router.hpp"
#include "route/rewriter.hpp"
#include "tables/address_lookup.hpp"
#include "tables/map_list.hpp"
#include "tables/match_list.hpp"

namespace posthouse::route {

class PostfixRouter final : public mail::Router {
public:
    /// `own_addresses`: of inet_interfaces and proxy_interfaces; user@[one of them] is local.
    PostfixRouter(const config::View& view, std::vector<base::IpAddress> own_addresses, const tables::OpenContext& open);

    world::Task<mail::Route> resolve(std::string recipient, mail::ReversePath reverse_path) override;
    world::Task<mail::Validation> validate(std::string recipient) override;
    world::Task<mail::Route> classify(std::string recipient) override;
    [[nodiscard]] std::string rewrite(std::string address) const override { return rewrite_address(std::move(address), rewriting_); }

private:
    struct TransportSpec {
        std::string transport;
        std::string nexthop;
    };
    [[nodiscard]] static TransportSpec parse_transport(std::string_view text);
    [[nodiscard]] world::Task<tables::Match> is_local(std::string domain) const;
    world::Task<bool> apply_transport_maps(mail::Route& route) const;
    [[nodiscard]] world::Task<mail::Validation> look_for(const tables::MapList& maps, std::string address, mail::Validation absent) const;
    void set_default_nexthop(mail::Route& route, const TransportSpec& spec, std::string_view fallback) const;

    RewriteSettings rewriting_;
    std::vector<base::IpAddress> own_addresses_;
    std::string relayhost_, myhostname_;
    TransportSpec local_transport_, virtual_transport_, relay_transport_, default_transport_;
    tables::MatchList mydestination_, virtual_alias_domains_, virtual_mailbox_domains_, relay_domains_;
    tables::MapList virtual_alias_maps_, virtual_mailbox_maps_, transport_maps_, local_recipient_maps_, relay_recipient_maps_;
};

}  // namespace posthouse::route
