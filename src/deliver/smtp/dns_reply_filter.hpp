#pragma once
// smtp_dns_reply_filter: records that a table says IGNORE for are as if they were not there. Lives on its agent's core.
#include <string>

#include "observe/event.hpp"
#include "tables/map_list.hpp"
#include "world/resolver.hpp"

namespace posthouse::deliver {

/// "example.com. 300 IN MX 10 mx.example.com.": what the table is asked for. Empty for types that are not looked up here.
[[nodiscard]] std::string record_text(std::string_view owner, std::uint32_t ttl_seconds, world::RecordType type,
                                      const world::DnsRecord& record);

class DnsReplyFilter final : public world::Resolver {
public:
    /// All outlive it.
    DnsReplyFilter(world::Resolver& resolver, const tables::MapList& smtp_dns_reply_filter, observe::EventSink& events,
                   const std::string& speaker)
        : resolver_(resolver), filter_(smtp_dns_reply_filter), events_(events), speaker_(speaker) {}

    /// `unknown` if nothing is left, or if the table does not answer: such mail waits.
    world::Task<world::DnsAnswer> query(std::string name, world::RecordType type, world::Deadline deadline) override;
    std::vector<base::IpAddress> hosts_addresses(std::string_view name) const override { return resolver_.hosts_addresses(name); }
    std::string hosts_name(const base::IpAddress& address) const override { return resolver_.hosts_name(address); }

private:
    world::Task<world::DnsAnswer> filter(world::DnsAnswer answer, std::string name, world::RecordType type);

    world::Resolver& resolver_;
    const tables::MapList& filter_;
    observe::EventSink& events_;
    const std::string& speaker_;
};

}  // namespace posthouse::deliver
