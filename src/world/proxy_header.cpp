#include "world/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::world {

namespace {

using base::Endpoint;
using base::IpAddress;

constexpr std::string_view line_start = "PROXY ";
constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);  // of version 2
constexpr std::size_t fixed_length = 16;                            // of version 2: signature, command, family, length
constexpr std::size_t shortest = 15;                                // "PROXY UNKNOWN\r\n": every header has as many bytes

bool is_start_of(std::string_view bytes, std::string_view whole) { return whole.starts_with(bytes.substr(0, whole.size())); }

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto number = base::parse_number(text);
    return number && *number <= 0xffff && text.size() <= 5 ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

std::optional<IpAddress> parse_address(std::string_view text, std::string_view protocol) {
    // An IPv4 address in IPv6 clothes becomes the IPv4 address, so the text tells the family, not the result.
    const bool looks_v6 = text.find(':') != std::string_view::npos;
    return looks_v6 == base::iequals(protocol, "TCP6") ? IpAddress::parse(text) : std::nullopt;
}

// The words of version 1, without the line's end.
ParsedProxyHeader parse_words(std::string_view line) {
    const std::vector<std::string_view> words = base::split_words(line);
    const auto word = [&](std::size_t i) { return i < words.size() ? words[i] : std::string_view(); };
    const std::string_view protocol = word(1);
    if (!base::iequals(protocol, "TCP4") && !base::iequals(protocol, "TCP6")) {
        return ProxyHeaderError{"bad or missing protocol type"};
    }
    const auto client = parse_address(word(2), protocol);
    if (!client) {
        return ProxyHeaderError{"bad or missing client address"};
    }
    const auto server = parse_address(word(3), protocol);
    if (!server) {
        return ProxyHeaderError{"bad or missing server address"};
    }
    const auto client_port = parse_port(word(4));
    if (!client_port) {
        return ProxyHeaderError{"bad or missing client port"};
    }
    const auto server_port = parse_port(word(5));
    if (!server_port) {
        return ProxyHeaderError{"bad or missing server port"};
    }
    return ProxyHeader{.addresses = ProxyHeader::Addresses{{*client, *client_port}, {*server, *server_port}}};
}

// At least so much of a line is missing; reading byte by byte would cost a system call for each.
std::size_t missing_of_line(std::string_view bytes) {
    static constexpr std::array<std::size_t, 6> after_blanks{shortest, shortest, sizeof(" :: 0 0\n") - 1, sizeof(" 0 0\n") - 1, sizeof(" 0\n") - 1, 1};
    if (bytes.size() < shortest) {
        return shortest - bytes.size();
    }
    const auto blanks = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), ' '));
    return blanks < 2 ? 1 : after_blanks[std::min(blanks, after_blanks.size() - 1)];
}

ParsedProxyHeader parse_line(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    if (end != std::string_view::npos) {
        return end < proxy_line_length_max ? parse_words(bytes.substr(0, end)) : ProxyHeaderError{"missing protocol header terminator"};
    }
    if (bytes.size() >= proxy_line_length_max) {
        return ProxyHeaderError{"missing protocol header terminator"};
    }
    return ProxyHeaderNeeds{std::min(missing_of_line(bytes), proxy_line_length_max - bytes.size())};
}

template <std::size_t size>
std::array<std::uint8_t, size> octets(std::string_view bytes) {
    std::array<std::uint8_t, size> out{};
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(bytes[i]);
    }
    return out;
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
    const auto pair = octets<2>(bytes.substr(at));
    return static_cast<std::uint16_t>(pair[0] << 8U | pair[1]);
}

IpAddress address_at(std::string_view bytes, std::size_t size) {
    return size == 4 ? IpAddress::from_v4(octets<4>(bytes)) : IpAddress::from_v6(octets<16>(bytes));
}

ParsedProxyHeader parse_binary(std::string_view bytes) {
    if (bytes.size() < fixed_length) {
        return ProxyHeaderNeeds{fixed_length - bytes.size()};
    }
    const auto version_and_command = static_cast<std::uint8_t>(bytes[12]);
    const auto family = static_cast<std::uint8_t>(bytes[13]);
    const std::size_t length = number_at(bytes, 14);
    if (version_and_command >> 4U != 2) {
        return ProxyHeaderError{"unrecognized protocol version"};
    }
    const unsigned command = version_and_command & 0x0fU;
    if (command > 1) {
        return ProxyHeaderError{"bad command in proxy header"};
    }
    if (command == 0) {  // LOCAL, a health check
        return ProxyHeader{.addresses = {}, .rest = length};
    }
    constexpr std::uint8_t tcp4 = 0x11;
    constexpr std::uint8_t tcp6 = 0x21;
    if (family != tcp4 && family != tcp6) {
        return ProxyHeaderError{"unsupported network protocol"};
    }
    const std::size_t size = family == tcp4 ? 4 : 16;
    const std::size_t addresses_length = 2 * size + 4;
    if (length < addresses_length) {
        return ProxyHeaderError{"short address field"};
    }
    if (bytes.size() < fixed_length + addresses_length) {
        return ProxyHeaderNeeds{fixed_length + addresses_length - bytes.size()};
    }
    const std::string_view body = bytes.substr(fixed_length);
    const Endpoint client{address_at(body, size), number_at(body, 2 * size)};
    const Endpoint server{address_at(body.substr(size), size), number_at(body, 2 * size + 2)};
    return ProxyHeader{.addresses = ProxyHeader::Addresses{client, server}, .rest = length - addresses_length};
}

base::Error read_error(const base::Error& error) {
    return {error.kind, error.kind == base::ErrorKind::timeout ? std::string("haproxy read: timeout error") : "haproxy read: " + error.text};
}

Task<base::Result<void>> read_all(Stream& stream, std::span<char> into, Deadline deadline) {
    while (!into.empty()) {
        const auto got = co_await stream.read_some(into, deadline);
        if (!got) {
            co_return std::unexpected(read_error(got.error()));
        }
        if (*got == 0) {
            co_return base::fail(base::ErrorKind::closed, "haproxy read: EOF");
        }
        into = into.subspan(*got);
    }
    co_return base::Result<void>();
}

}  // namespace

ParsedProxyHeader parse_proxy_header(std::string_view bytes) {
    if (bytes.empty()) {
        return ProxyHeaderNeeds{shortest};
    }
    if (is_start_of(bytes, line_start)) {
        return parse_line(bytes);
    }
    if (is_start_of(bytes, signature)) {
        return parse_binary(bytes);
    }
    return ProxyHeaderError{"unrecognized protocol header"};
}

Task<base::Result<ProxyHeader>> read_proxy_header(Stream& stream, const Clock& clock, std::chrono::seconds timeout) {
    const Deadline deadline = clock.deadline_in(timeout);
    std::array<char, 128> buffer{};  // a line has 107 bytes, fixed part and addresses of version 2 have 52
    std::size_t length = 0;
    for (;;) {
        const std::string_view so_far(buffer.data(), length);
        const ParsedProxyHeader parsed = parse_proxy_header(so_far);
        if (const auto* error = std::get_if<ProxyHeaderError>(&parsed)) {
            co_return base::fail(base::ErrorKind::invalid, base::format("haproxy read: {}: {}", error->text, base::printable(so_far)));
        }
        if (const auto* header = std::get_if<ProxyHeader>(&parsed)) {
            ProxyHeader out = *header;
            while (out.rest > 0) {
                const std::span<char> into = std::span<char>(buffer).first(std::min(out.rest, buffer.size()));
                Task<base::Result<void>> skipping = read_all(stream, into, deadline);
                if (const auto skipped = co_await std::move(skipping); !skipped) {
                    co_return std::unexpected(skipped.error());
                }
                out.rest -= into.size();
            }
            co_return out;
        }
        // Whatever is there, up to what is certainly missing: a wrong first byte is told at once.
        const std::size_t count = std::get<ProxyHeaderNeeds>(parsed).count;
        const auto got = co_await stream.read_some(std::span<char>(buffer).subspan(length, count), deadline);
        if (!got) {
            co_return std::unexpected(read_error(got.error()));
        }
        if (*got == 0) {
            co_return base::fail(base::ErrorKind::closed, "haproxy read: EOF");
        }
        length += *got;
    }
}

}  // namespace posthouse::world
