#pragma once
// PostfixRouter: the Router door. From an address to its class, transport and nexthop (ADDRESS_CLASS_README,
// trivial-rewrite(8), transport(5)). One per configuration; immutable, shared by all cores.
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "config/view.hpp"
#include "mail/router.hpp"
#include "route/aliases.hpp"
#include "route/choices.hpp"
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
    world::Task<mail::Route> resolve_probe(std::string recipient, mail::ReversePath reverse_path) override;
    world::Task<mail::Validation> validate(std::string recipient) override;
    world::Task<mail::Route> classify(std::string recipient) override;
    [[nodiscard]] bool has_aliases() const override { return !virtual_alias_maps_.empty(); }
    world::Task<mail::Expansion> expand(std::string recipient) const override;
    [[nodiscard]] std::string rewrite(std::string address) const override { return rewrite_address(std::move(address), rewriting_); }

private:
    [[nodiscard]] world::Task<tables::Match> is_local(std::string domain) const;
    [[nodiscard]] world::Task<mail::Route> resolve_by(const RouteChoices& choices, std::string recipient, mail::ReversePath reverse_path);
    world::Task<bool> apply_class_defaults(mail::Route& route, const RouteChoices& choices, std::string sender) const;
    world::Task<bool> apply_transport_maps(mail::Route& route, const tables::MapList& transport_maps) const;
    [[nodiscard]] world::Task<mail::Validation> look_for(const tables::MapList& maps, std::string address, mail::Validation absent) const;

    RewriteSettings rewriting_;
    AliasSettings aliases_;
    std::vector<base::IpAddress> own_addresses_;
    std::string myhostname_, double_bounce_sender_;
    RouteChoices for_mail_, for_probes_;
    tables::MatchList mydestination_, virtual_alias_domains_, virtual_mailbox_domains_, relay_domains_;
    tables::MapList virtual_alias_maps_, virtual_mailbox_maps_, local_recipient_maps_, relay_recipient_maps_;
};

}  // namespace posthouse::route
