#include "dns/answer_text.hpp"

#include "base/format.hpp"

namespace posthouse::dns {
namespace {

std::string_view reason(world::DnsAnswer::State state) {
    switch (state) {
        case world::DnsAnswer::State::found:
            break;
        case world::DnsAnswer::State::no_data:
            return "Host found but no data record of requested type";
        case world::DnsAnswer::State::no_such_domain:
            return "Host not found";
        case world::DnsAnswer::State::unknown:
            return "Host not found, try again";
    }
    return "Malformed or unexpected name server reply";
}

}  // namespace

std::string answer_text(std::string_view name, world::RecordType type, world::DnsAnswer::State state) {
    return base::format("Host or domain name not found. Name service error for name={} type={}: {}", name,
                        record_type_name(type), reason(state));
}

std::string_view record_type_name(world::RecordType type) {
    switch (type) {
        case world::RecordType::a:
            return "A";
        case world::RecordType::ns:
            return "NS";
        case world::RecordType::cname:
            return "CNAME";
        case world::RecordType::soa:
            return "SOA";
        case world::RecordType::ptr:
            return "PTR";
        case world::RecordType::mx:
            return "MX";
        case world::RecordType::txt:
            return "TXT";
        case world::RecordType::aaaa:
            return "AAAA";
        case world::RecordType::srv:
            return "SRV";
        case world::RecordType::tlsa:
            return "TLSA";
    }
    return "?";
}

}  // namespace posthouse::dns
