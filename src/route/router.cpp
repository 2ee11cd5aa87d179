#include "route/router.hpp"

#include "base/text.hpp"
#include "smtp/address.hpp"
#include "smtp/enhanced_status.hpp"
#include "smtp/hostname.hpp"
#include "tables/parent_domains.hpp"

namespace posthouse::route {

namespace {

mail::Route unknown(std::string reason) {
    mail::Route route;
    route.state = mail::Route::State::unknown;
    route.status = "4.3.0";
    route.reason = "address resolver failure: " + reason;
    return route;
}

// Unwrapping user%a%b%c@us is bounded: nobody needs more than a few hops in one address.
constexpr int unwrap_max = 20;

}  // namespace

PostfixRouter::PostfixRouter(const config::View& view, std::vector<base::IpAddress> own_addresses, const tables::OpenContext& open)
    : rewriting_(RewriteSettings::from(view)),
      aliases_(AliasSettings::from(view)),
      own_addresses_(std::move(own_addresses)),
      myhostname_(view.text("myhostname")),
      double_bounce_sender_(view.text("double_bounce_sender")),
      for_mail_(RouteChoices::for_mail(view, open)),
      for_probes_(RouteChoices::for_probes(view, open)),
      mydestination_(tables::MatchList::open_strings(view.text("mydestination"), open)),
      virtual_alias_domains_(tables::MatchList::open_strings(view.text("virtual_alias_domains"), open)),
      virtual_mailbox_domains_(tables::MatchList::open_strings(view.text("virtual_mailbox_domains"), open)),
      relay_domains_(tables::MatchList::open_domains(view.text("relay_domains"), tables::parents_of(view, "relay_domains"), open)),
      virtual_alias_maps_(tables::MapList::open(view.text("virtual_alias_maps"), open)),
      virtual_mailbox_maps_(tables::MapList::open(view.text("virtual_mailbox_maps"), open)),
      local_recipient_maps_(tables::MapList::open(view.text("local_recipient_maps"), open)),
      relay_recipient_maps_(tables::MapList::open(view.text("relay_recipient_maps"), open)) {}

world::Task<tables::Match> PostfixRouter::is_local(std::string domain) const {
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        const auto address = smtp::parse_address_literal(std::string_view(domain).substr(1, domain.size() - 2));
        tables::Match match;
        if (address && std::find(own_addresses_.begin(), own_addresses_.end(), *address) != own_addresses_.end()) {
            match.state = tables::Match::State::match;
        }
        co_return match;
    }
    co_return co_await mydestination_.match(std::move(domain));
}

world::Task<mail::Expansion> PostfixRouter::expand(std::string recipient) const {
    return expand_aliases(virtual_alias_maps_, aliases_, [this](std::string domain) { return is_local(std::move(domain)); }, std::move(recipient));
}

world::Task<mail::Route> PostfixRouter::classify(std::string recipient) {
    mail::Route route;
    route.state = mail::Route::State::found;
    route.recipient = rewrite(std::move(recipient));
    for (int i = 0; i < unwrap_max; ++i) {
        const tables::Match local = co_await is_local(std::string(smtp::domain(route.recipient)));
        if (local.is_unknown()) {
            co_return unknown(local.reason);
        }
        if (!local.is_match()) {
            break;
        }
        const std::string inner{smtp::local_part(route.recipient)};
        const bool routed = inner.find('@') != std::string::npos || (rewriting_.allow_percent_hack && inner.find('%') != std::string::npos) ||
                            (rewriting_.swap_bangpath && inner.find('!') != std::string::npos);
        if (!routed) {
            route.address_class = mail::AddressClass::local;
            co_return route;
        }
        std::string unwrapped = rewrite(inner);
        if (unwrapped == route.recipient) {
            break;
        }
        route.recipient = std::move(unwrapped);
    }
    const std::string domain = base::lower(smtp::domain(route.recipient));
    struct Class {
        const tables::MatchList& domains;
        mail::AddressClass address_class;
    };
    // Named: the array behind a braced list would not surely outlive a wait in the loop.
    const Class classes[] = {{virtual_alias_domains_, mail::AddressClass::virtual_alias},
                             {virtual_mailbox_domains_, mail::AddressClass::virtual_mailbox},
                             {relay_domains_, mail::AddressClass::relay}};
    for (const Class& candidate : classes) {
        const tables::Match match = co_await candidate.domains.match(domain);
        if (match.is_unknown()) {
            co_return unknown(match.reason);
        }
        if (match.is_match()) {
            route.address_class = candidate.address_class;
            co_return route;
        }
    }
    route.address_class = mail::AddressClass::default_class;
    co_return route;
}

world::Task<mail::Route> PostfixRouter::resolve(std::string recipient, mail::ReversePath reverse_path) {
    return resolve_by(for_mail_, std::move(recipient), std::move(reverse_path));
}

world::Task<mail::Route> PostfixRouter::resolve_probe(std::string recipient, mail::ReversePath reverse_path) {
    return resolve_by(for_probes_, std::move(recipient), std::move(reverse_path));
}

world::Task<mail::Route> PostfixRouter::resolve_by(const RouteChoices& choices, std::string recipient, mail::ReversePath reverse_path) {
    mail::Route route = co_await classify(std::move(recipient));
    if (route.state != mail::Route::State::found) {
        co_return route;
    }
    const bool chosen = co_await apply_class_defaults(route, choices, reverse_path.address());
    if (!chosen) {
        co_return unknown("sender-dependent lookup failure");
    }
    // Who is no alias where there are but aliases is unknown everywhere.
    if (!choices.transport_maps.empty() && route.address_class != mail::AddressClass::virtual_alias) {
        const bool known = co_await apply_transport_maps(route, choices.transport_maps);
        if (!known) {
            co_return unknown("transport_maps lookup failure");
        }
    }
    if (route.address_class == mail::AddressClass::local && base::iequals(smtp::local_part(route.recipient), double_bounce_sender_)) {
        route.transport = "discard";
        route.nexthop = "undeliverable postmaster notification discarded";
    }
    co_return route;
}

// False: a table could not answer.
world::Task<bool> PostfixRouter::apply_class_defaults(mail::Route& route, const RouteChoices& choices, std::string sender) const {
    const std::string domain = base::lower(smtp::domain(route.recipient));
    const auto choose = [&route](const TransportSpec& spec, std::string_view fallback) {
        route.transport = spec.transport;
        route.nexthop = spec.nexthop.empty() ? std::string(fallback) : spec.nexthop;
    };
    switch (route.address_class) {
        case mail::AddressClass::local: choose(choices.local_transport, myhostname_); co_return true;
        case mail::AddressClass::virtual_alias: choose({"error", "5.1.1 User unknown in virtual alias table"}, {}); co_return true;
        case mail::AddressClass::virtual_mailbox: choose(choices.virtual_transport, domain); co_return true;
        case mail::AddressClass::relay:
        case mail::AddressClass::default_class: break;
    }
    const tables::Lookup relay = co_await find_for_sender(choices.sender_dependent_relayhost_maps, sender, choices.empty_address_relayhost_maps_lookup_key, rewriting_.recipient_delimiter);
    if (relay.is_unknown()) {
        co_return false;
    }
    const std::string relayhost = relay.is_found() ? std::string(base::trim(relay.value)) : choices.relayhost;
    const std::string onward = relayhost.empty() ? domain : relayhost;
    if (route.address_class == mail::AddressClass::relay) {
        choose(choices.relay_transport, onward);
        co_return true;
    }
    const tables::Lookup transport =
        co_await find_for_sender(choices.sender_dependent_default_transport_maps, sender, choices.empty_address_default_transport_maps_lookup_key, rewriting_.recipient_delimiter);
    if (transport.is_unknown()) {
        co_return false;
    }
    choose(transport.is_found() ? TransportSpec::parse(transport.value) : choices.default_transport, onward);
    co_return true;
}

world::Task<bool> PostfixRouter::apply_transport_maps(mail::Route& route, const tables::MapList& transport_maps) const {
    const tables::AddressMatch match = co_await tables::find_transport(transport_maps, route.recipient, rewriting_.recipient_delimiter);
    if (match.lookup.is_unknown()) {
        co_return false;
    }
    if (match.lookup.is_found()) {
        TransportSpec spec = TransportSpec::parse(match.lookup.value);
        // transport(5): without a transport what is not named stays as it is; a transport without nexthop sends to the
        // recipient's own domain, whatever relayhost says.
        const bool goes_home = spec.nexthop.empty() && !spec.transport.empty();
        const bool gives_reason = spec.transport == "error" || spec.transport == "retry";
        if (!spec.transport.empty()) {
            route.transport = std::move(spec.transport);
        }
        if (goes_home) {
            route.nexthop = gives_reason ? "Address is undeliverable" : base::lower(smtp::domain(route.recipient));
        } else if (!spec.nexthop.empty()) {
            route.nexthop = std::move(spec.nexthop);
        }
    }
    co_return true;
}

namespace {

world::Task<tables::Match> every_domain(std::string) { co_return tables::Match{tables::Match::State::match, {}, {}}; }
world::Task<tables::Match> no_domain(std::string) { co_return tables::Match{tables::Match::State::no_match, {}, {}}; }

}  // namespace

world::Task<mail::Validation> PostfixRouter::look_for(const tables::MapList& maps, std::string address, mail::Validation absent) const {
    mail::Validation known;
    known.address_class = absent.address_class;
    if (maps.empty()) {
        co_return known;
    }
    const tables::IsLocalDomain here = absent.address_class == mail::AddressClass::local ? every_domain : no_domain;
    world::Task<tables::AddressMatch> finding = tables::find_mail_address(maps, std::move(address), rewriting_.recipient_delimiter, here);
    const tables::AddressMatch match = co_await std::move(finding);
    if (match.lookup.is_unknown()) {
        known.state = mail::Validation::State::unknown;
        known.reason = match.lookup.reason;
        co_return known;
    }
    co_return match.lookup.is_found() ? known : absent;
}

world::Task<mail::Validation> PostfixRouter::validate(std::string recipient) {
    world::Task<mail::Route> resolving = resolve(std::move(recipient), mail::ReversePath());
    mail::Route route = co_await std::move(resolving);
    mail::Validation absent;
    absent.state = mail::Validation::State::absent;
    absent.address_class = route.address_class;
    absent.status = "5.1.1";
    if (route.state != mail::Route::State::found) {
        absent.state = mail::Validation::State::unknown;
        absent.reason = route.reason;
        co_return absent;
    }
    if (!virtual_alias_maps_.empty()) {
        // An address that is an alias exists, whatever the tables of its class and its route say of it.
        world::Task<mail::Validation> looking = look_for(virtual_alias_maps_, route.recipient, absent);
        mail::Validation alias = co_await std::move(looking);
        if (alias.state != mail::Validation::State::absent) {
            co_return alias;
        }
    }
    const bool refused_by_route = route.address_class != mail::AddressClass::virtual_alias && (route.transport == "error" || route.transport == "retry");
    if (refused_by_route) {
        const auto parts = smtp::split_status(route.nexthop);
        absent.status = parts.status ? parts.status->text() : route.transport == "error" ? "5.1.1" : "4.1.1";
        absent.reason = parts.text;
        co_return absent;
    }
    switch (route.address_class) {
        case mail::AddressClass::local: absent.reason = "User unknown in local recipient table"; co_return co_await look_for(local_recipient_maps_, route.recipient, absent);
        case mail::AddressClass::virtual_alias: absent.reason = "User unknown in virtual alias table"; co_return absent;
        case mail::AddressClass::virtual_mailbox:
            absent.reason = "User unknown in virtual mailbox table";
            co_return co_await look_for(virtual_mailbox_maps_, route.recipient, absent);
        case mail::AddressClass::relay: absent.reason = "User unknown in relay recipient table"; co_return co_await look_for(relay_recipient_maps_, route.recipient, absent);
        case mail::AddressClass::default_class: break;
    }
    mail::Validation known;
    known.address_class = route.address_class;
    co_return known;
}

}  // namespace posthouse::route
