#include "route/choices.hpp"

#include "base/text.hpp"
#include "tables/address_lookup.hpp"

namespace posthouse::route {

namespace {

RouteChoices read(const config::View& view, const tables::OpenContext& open, const std::string& prefix) {
    const auto spec = [&](std::string_view name) { return TransportSpec::parse(view.text(prefix + std::string(name))); };
    const auto maps = [&](std::string_view name) { return tables::MapList::open(view.text(prefix + std::string(name)), open); };
    RouteChoices out;
    out.relayhost = base::trim(view.text(prefix + "relayhost"));
    out.local_transport = spec("local_transport");
    out.virtual_transport = spec("virtual_transport");
    out.relay_transport = spec("relay_transport");
    out.default_transport = spec("default_transport");
    out.transport_maps = maps("transport_maps");
    out.sender_dependent_relayhost_maps = maps("sender_dependent_relayhost_maps");
    out.sender_dependent_default_transport_maps = maps("sender_dependent_default_transport_maps");
    out.empty_address_relayhost_maps_lookup_key = view.text("empty_address_relayhost_maps_lookup_key");
    out.empty_address_default_transport_maps_lookup_key = view.text("empty_address_default_transport_maps_lookup_key");
    return out;
}

}  // namespace

TransportSpec TransportSpec::parse(std::string_view text) {
    const auto parts = base::split_once(base::trim(text), ':');
    return parts ? TransportSpec{std::string(base::trim(parts->first)), std::string(base::trim(parts->second))} : TransportSpec{std::string(base::trim(text)), {}};
}

RouteChoices RouteChoices::for_mail(const config::View& view, const tables::OpenContext& open) { return read(view, open, ""); }

RouteChoices RouteChoices::for_probes(const config::View& view, const tables::OpenContext& open) { return read(view, open, "address_verify_"); }

world::Task<tables::Lookup> find_for_sender(const tables::MapList& maps, std::string sender, std::string null_sender_key, std::string recipient_delimiter) {
    if (maps.empty()) {
        co_return tables::Lookup::absent();
    }
    const tables::IsLocalDomain none_is_local;
    world::Task<tables::AddressMatch> finding = tables::find_mail_address(maps, sender.empty() ? std::move(null_sender_key) : std::move(sender), std::move(recipient_delimiter), none_is_local);
    tables::AddressMatch match = co_await std::move(finding);
    if (match.lookup.is_found() && base::iequals(base::trim(match.lookup.value), "DUNNO")) {
        co_return tables::Lookup::absent();
    }
    co_return std::move(match.lookup);
}

}  // namespace posthouse::route
