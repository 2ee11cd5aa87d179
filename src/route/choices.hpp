#pragma once
// RouteChoices: what decides on transport and nexthop once the class of an address is known. There are two: for mail, and for
// probes of address verification, whose parameters begin with address_verify_ (ADDRESS_VERIFICATION_README).
#include <optional>
#include <string>
#include <string_view>

#include "config/view.hpp"
#include "mail/envelope.hpp"
#include "tables/map_list.hpp"
#include "tables/open_context.hpp"

namespace posthouse::route {

struct TransportSpec {
    std::string transport;
    std::string nexthop;  // may be empty: the class has a default
    [[nodiscard]] static TransportSpec parse(std::string_view text);
};

struct RouteChoices {
    std::string relayhost;
    TransportSpec local_transport, virtual_transport, relay_transport, default_transport;
    tables::MapList transport_maps, sender_dependent_relayhost_maps, sender_dependent_default_transport_maps;
    std::string empty_address_relayhost_maps_lookup_key, empty_address_default_transport_maps_lookup_key;

    [[nodiscard]] static RouteChoices for_mail(const config::View& view, const tables::OpenContext& open);
    [[nodiscard]] static RouteChoices for_probes(const config::View& view, const tables::OpenContext& open);
};

/// What a sender_dependent_…_maps has for a sender (his address, then @domain); absent also for DUNNO.
[[nodiscard]] world::Task<tables::Lookup> find_for_sender(const tables::MapList& maps, std::string sender, std::string null_sender_key, std::string recipient_delimiter);

}  // namespace posthouse::route
