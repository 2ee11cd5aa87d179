#include "app/interfaces.hpp"

#include "base/text.hpp"

namespace posthouse::app {

namespace {

bool protocol_allowed(const config::View& view, const base::IpAddress& address) {
    for (const std::string& word : view.list("inet_protocols")) {
        if (word == "all" || word == (address.is_v4() ? "ipv4" : "ipv6")) {
            return true;
        }
    }
    return false;
}

void add(std::vector<base::IpAddress>& list, const base::IpAddress& address, const config::View& view) {
    if (protocol_allowed(view, address) && std::find(list.begin(), list.end(), address) == list.end()) {
        list.push_back(address);
    }
}

}  // namespace

std::vector<base::IpAddress> host_addresses(const std::string& host, const config::View& view, const world::Resolver& resolver) {
    std::vector<base::IpAddress> out;
    if (const auto literal = base::IpAddress::parse(host)) {
        out.push_back(*literal);
        return out;
    }
    for (const base::IpAddress& address : resolver.hosts_addresses(host)) {
        add(out, address, view);
    }
    return out;
}

Interfaces find_interfaces(const config::View& view, const config::SystemFacts& facts, const world::Resolver& resolver) {
    Interfaces out;
    for (const std::string& word : view.list("inet_interfaces")) {
        if (base::iequals(word, "all")) {
            for (const config::InterfaceAddress& interface : facts.interfaces) {
                add(out.own, interface.address, view);
            }
            add(out.listen, *base::IpAddress::parse("0.0.0.0"), view);
            add(out.listen, *base::IpAddress::parse("::"), view);
        } else if (base::iequals(word, "loopback-only")) {
            for (const char* loopback : {"127.0.0.1", "::1"}) {
                add(out.own, *base::IpAddress::parse(loopback), view);
                add(out.listen, *base::IpAddress::parse(loopback), view);
            }
        } else {
            const std::string host = word.starts_with('[') && word.ends_with(']') ? word.substr(1, word.size() - 2) : word;
            for (const base::IpAddress& address : host_addresses(host, view, resolver)) {
                add(out.own, address, view);
                add(out.listen, address, view);
            }
        }
    }
    for (const std::string& word : view.list("proxy_interfaces")) {
        for (const base::IpAddress& address : host_addresses(word, view, resolver)) {
            add(out.own, address, view);
        }
    }
    return out;
}

}  // namespace posthouse::app
