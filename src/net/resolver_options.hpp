#pragma once
// How the resolver finds its servers.
#include <string>

namespace posthouse::net {

struct ResolverOptions {
    std::string forwarder = {};  // "ip:port" or "[ip]:port": ask only this server; empty: those of resolv.conf
    std::string trust_anchor_file = {};  // DNSSEC validation with this root key; empty: none
    std::string hosts_file = "/etc/hosts";
    std::string resolv_conf = "/etc/resolv.conf";
};

}  // namespace posthouse::net
