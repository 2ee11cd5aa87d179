#pragma once
// How the resolver finds its servers.
#include <chrono>
#include <string>

#include "base/result.hpp"

namespace posthouse::net {

struct ResolverOptions {
    std::string forwarder = {};  // "ip:port" or "[ip]:port": ask only this server; empty: those of resolv.conf
    std::string trust_anchor_file = {};  // DNSSEC: what is below its DNSKEY or DS records must be signed with them; empty: no validation
    std::string hosts_file = "/etc/hosts";
    std::string resolv_conf = "/etc/resolv.conf";
    std::chrono::milliseconds look_again{5000};  // ours: how soon a change of these two is seen
};

/// Whether the resolver can use this trust_anchor_file: with one that it cannot, it would answer nothing at all.
[[nodiscard]] base::Result<void> check_trust_anchors(const std::string& file);

}  // namespace posthouse::net
