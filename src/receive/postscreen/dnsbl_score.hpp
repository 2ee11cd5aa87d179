#pragma once
// postscreen_dnsbl_sites and what the answers of the lists add up to. Pure.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "receive/restrictions/reply_pattern.hpp"
#include "world/resolver.hpp"

namespace posthouse::receive::postscreen {

/// One domain, asked once whatever is listed for it: "zen.example=127.0.0.[2..11]*3".
struct DnsblDomain {
    struct Site {
        std::optional<ReplyPattern> filter;  // nullopt: any answer
        int weight = 1;
    };
    std::string domain;
    std::vector<Site> sites;
};

/// By domain, in the order of their first mention. The error says which entry is wrong.
[[nodiscard]] base::Result<std::vector<DnsblDomain>> parse_dnsbl_sites(std::string_view postscreen_dnsbl_sites);

class DnsblScore {
public:
    /// An answer that could not be had changes nothing.
    void add(const DnsblDomain& domain, const world::DnsAnswer& answer);

    [[nodiscard]] int total() const { return total_; }
    /// The list that weighs most among those that have the client; empty: none.
    [[nodiscard]] const std::string& domain() const { return domain_; }
    /// How long the total counts: the shortest time to live of the answers that made it, within these bounds.
    [[nodiscard]] std::chrono::seconds time_to_live(std::chrono::seconds min, std::chrono::seconds max) const;

private:
    int total_ = 0;
    int weight_ = 0;
    std::string domain_;
    std::optional<std::chrono::seconds> pass_, fail_;
};

/// "2.0.0.127.zen.example": what a list is asked for a client.
[[nodiscard]] std::string dnsbl_question(const base::IpAddress& client, std::string_view domain);

}  // namespace posthouse::receive::postscreen
