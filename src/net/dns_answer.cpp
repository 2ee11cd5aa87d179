#include "net/dns_answer.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::net {

using world::DnsRecord;
using world::RecordType;

namespace {

// Bytes that could be mistaken for structure are escaped as in a zone file; no valid host name has any.
std::optional<std::string> parse_name(std::string_view data) {
    std::string name;
    while (!data.empty()) {
        const auto length = static_cast<unsigned char>(data[0]);
        if (length == 0) {
            return data.size() == 1 ? std::optional(std::move(name)) : std::nullopt;
        }
        if (length > 63 || data.size() <= length) {
            return std::nullopt;
        }
        if (!name.empty()) {
            name += '.';
        }
        for (const char c : data.substr(1, length)) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '.' || c == '\\' || byte <= 0x20 || byte >= 0x7f) {
                base::append_format(name, "\\{:03d}", byte);
            } else {
                name += base::to_lower(c);
            }
        }
        data.remove_prefix(length + std::size_t{1});
    }
    return std::nullopt;
}

std::optional<std::string> parse_strings(std::string_view data) {
    std::string text;
    while (!data.empty()) {
        const std::size_t length = static_cast<unsigned char>(data[0]);
        if (data.size() <= length) {
            return std::nullopt;
        }
        text += data.substr(1, length);
        data.remove_prefix(length + 1);
    }
    return text;
}

std::optional<base::IpAddress> parse_address(std::string_view data) {
    if (data.size() == 4) {
        std::array<std::uint8_t, 4> bytes{};
        std::copy(data.begin(), data.end(), bytes.begin());
        return base::IpAddress::from_v4(bytes);
    }
    if (data.size() == 16) {
        std::array<std::uint8_t, 16> bytes{};
        std::copy(data.begin(), data.end(), bytes.begin());
        return base::IpAddress::from_v6(bytes);
    }
    return std::nullopt;
}

std::optional<DnsRecord> named(std::optional<std::string> name, std::uint16_t preference = 0) {
    if (!name) {
        return std::nullopt;
    }
    return DnsRecord{.preference = preference, .name = std::move(*name), .address = {}};
}

}  // namespace

std::optional<DnsRecord> parse_record_data(RecordType type, std::string_view data) {
    switch (type) {
        case RecordType::a:
        case RecordType::aaaa: {
            const auto address = parse_address(data);
            if (!address || data.size() != (type == RecordType::a ? 4U : 16U)) {
                return std::nullopt;
            }
            return DnsRecord{.preference = 0, .name = {}, .address = *address};
        }
        case RecordType::mx: {
            if (data.size() < 3) {
                return std::nullopt;
            }
            const auto high = static_cast<unsigned char>(data[0]);
            const auto low = static_cast<unsigned char>(data[1]);
            return named(parse_name(data.substr(2)), static_cast<std::uint16_t>(high << 8 | low));
        }
        case RecordType::ptr:
        case RecordType::cname:
        case RecordType::ns: return named(parse_name(data));
        case RecordType::txt: return named(parse_strings(data));
        default: return named(std::string(data));
    }
}

std::string plain_name(std::string_view name) {
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    return base::lower(name);
}

}  // namespace posthouse::net
