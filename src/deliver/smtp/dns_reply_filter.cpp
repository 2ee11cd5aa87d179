#include "deliver/smtp/dns_reply_filter.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::deliver {
namespace {

world::DnsAnswer not_now(std::string reason) {
    world::DnsAnswer out;
    out.reason = std::move(reason);
    return out;
}

}  // namespace

std::string record_text(std::string_view owner, std::uint32_t ttl_seconds, world::RecordType type,
                        const world::DnsRecord& record) {
    const auto line = [&](std::string_view type_and_value) {
        return base::format("{}. {} IN {}", owner, ttl_seconds, type_and_value);
    };
    switch (type) {
        case world::RecordType::mx:
            return line(base::format("MX {} {}.", record.preference, record.name));
        case world::RecordType::a:
            return line("A " + record.address.text());
        case world::RecordType::aaaa:
            return line("AAAA " + record.address.text());
        default:
            return {};
    }
}

world::Task<world::DnsAnswer> DnsReplyFilter::query(std::string name, world::RecordType type, world::Deadline deadline) {
    world::DnsAnswer answer = co_await resolver_.query(name, type, deadline);
    if (filter_.empty() || answer.records.empty()) {
        co_return answer;
    }
    co_return co_await filter(std::move(answer), std::move(name), type);
}

world::Task<world::DnsAnswer> DnsReplyFilter::filter(world::DnsAnswer answer, std::string name, world::RecordType type) {
    const std::string owner = answer.canonical_name.empty() ? name : answer.canonical_name;
    std::vector<world::DnsRecord> kept;
    for (world::DnsRecord& record : answer.records) {
        const std::string text = record_text(owner, answer.ttl_seconds, type, record);
        if (text.empty()) {
            kept.push_back(std::move(record));
            continue;
        }
        const tables::Lookup found = co_await filter_.find(text);
        if (found.is_unknown()) {
            co_return not_now("smtp_dns_reply_filter does not answer");
        }
        if (found.is_found() && base::iequals(base::trim(found.value), "IGNORE")) {
            events_.info(speaker_, "ignoring DNS RR: " + text);
            continue;
        }
        if (found.is_found()) {
            events_.warn(speaker_, base::format("smtp_dns_reply_filter: unknown action \"{}\" for \"{}\"", found.value, text));
            co_return not_now("smtp_dns_reply_filter has an action that is not known");
        }
        kept.push_back(std::move(record));
    }
    if (kept.empty()) {
        co_return not_now("smtp_dns_reply_filter drops all results");
    }
    answer.records = std::move(kept);
    co_return answer;
}

}  // namespace posthouse::deliver
