#include "tables/address_lookup.hpp"

namespace posthouse::tables {

world::Task<AddressMatch> find_first(const MapList& maps, Keys keys) {
    if (!maps.empty()) {
        for (const Key& key : keys) {
            Lookup answer = co_await maps.find(key.text, key.scope);
            if (!answer.is_absent()) {
                co_return AddressMatch{std::move(answer), key.text, key.unmatched_extension};
            }
        }
    }
    co_return AddressMatch{};
}

world::Task<AddressMatch> find_mail_address(const MapList& maps, std::string address, std::string recipient_delimiter, IsLocalDomain is_local) {
    AddressMatch match = co_await find_first(maps, mail_address_keys(address, recipient_delimiter));
    if (!match.lookup.is_absent() || maps.empty()) {
        co_return match;
    }
    const std::size_t at = address.rfind('@');
    if (at != std::string::npos && is_local) {
        Match local = co_await is_local(address.substr(at + 1));
        if (local.is_unknown()) {
            co_return AddressMatch{Lookup::unknown(std::move(local.reason)), address, {}};
        }
        if (local.is_match()) {
            match = co_await find_first(maps, local_part_keys(address, recipient_delimiter));
            if (!match.lookup.is_absent()) {
                co_return match;
            }
        }
    }
    co_return co_await find_first(maps, at_domain_keys(address, recipient_delimiter));
}

world::Task<AddressMatch> find_access_address(const MapList& maps, std::string address, AccessOptions options) {
    return find_first(maps, access_address_keys(address, options.recipient_delimiter, options.parents, options.null_key));
}

world::Task<AddressMatch> find_domain(const MapList& maps, std::string domain, ParentDomains parents) {
    return find_first(maps, domain_keys(domain, parents));
}

world::Task<AddressMatch> find_client(const MapList& maps, std::string host, base::IpAddress address, ParentDomains parents) {
    Keys keys = domain_keys(host, parents);
    for (Key& key : client_address_keys(address)) {
        keys.push_back(std::move(key));
    }
    return find_first(maps, std::move(keys));
}

world::Task<AddressMatch> find_client_address(const MapList& maps, base::IpAddress address) {
    return find_first(maps, client_address_keys(address));
}

world::Task<AddressMatch> find_transport(const MapList& maps, std::string address, std::string recipient_delimiter, ParentDomains parents) {
    return find_first(maps, transport_keys(address, recipient_delimiter, parents));
}

}  // namespace posthouse::tables
