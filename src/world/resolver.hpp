#pragma once
// Names to records: one question, one answer, no decisions (those are in dns/).
#include <cstdint>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "world/deadline.hpp"
#include "world/task.hpp"

namespace posthouse::world {

enum class RecordType : std::uint16_t { a = 1, ns = 2, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28, srv = 33, tlsa = 52 };

struct DnsRecord {
    std::uint16_t preference = 0;      // MX
    std::string name;                  // MX, PTR, CNAME, NS: without trailing dot, lower case; TXT, TLSA: raw data
    base::IpAddress address;           // A, AAAA
};

struct DnsAnswer {
    enum class State {
        found,
        no_data,         // the name exists, not with this type
        no_such_domain,  // NXDOMAIN
        unknown,         // SERVFAIL, timeout, bogus: ask again later
    } state = State::unknown;
    std::vector<DnsRecord> records;
    std::string canonical_name;  // after CNAMEs
    std::uint32_t ttl_seconds = 0;
    bool secure = false;         // DNSSEC-validated
    std::string reason;          // for `unknown`: text for the log
};

class Resolver {
public:
    virtual ~Resolver() = default;
    virtual Task<DnsAnswer> query(std::string name, RecordType type, Deadline deadline) = 0;
    /// The system's hosts file: addresses of a name; names of an address. Empty: not listed.
    [[nodiscard]] virtual std::vector<base::IpAddress> hosts_addresses(std::string_view name) const = 0;
    [[nodiscard]] virtual std::string hosts_name(const base::IpAddress& address) const = 0;
};

}  // namespace posthouse::world
