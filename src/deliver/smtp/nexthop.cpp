#include "deliver/smtp/nexthop.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"

namespace posthouse::deliver {
namespace {

// The services that mail configurations name; no services file is read, so that a nexthop means the same everywhere.
constexpr std::array<std::pair<std::string_view, std::uint16_t>, 6> services{
    {{"smtp", 25}, {"mail", 25}, {"submission", 587}, {"smtps", 465}, {"submissions", 465}, {"lmtp", 24}}};

}  // namespace

std::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
    if (const auto number = base::parse_number(text); number && *number > 0 && *number <= 65535) {
        return static_cast<std::uint16_t>(*number);
    }
    for (const auto& [name, port] : services) {
        if (base::iequals(text, name)) {
            return port;
        }
    }
    return std::unexpected("unknown service: " + std::string(text));
}

std::expected<Nexthop, std::string> parse_nexthop(std::string_view text, std::uint16_t default_port) {
    Nexthop out;
    out.text = text;
    out.port = default_port;
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) {
            return std::unexpected("malformed destination: " + std::string(text));
        }
        out.lookup = Nexthop::Lookup::host;
        host = text.substr(1, close - 1);
        const std::string_view rest = text.substr(close + 1);
        if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) {
            return std::unexpected("malformed destination: " + std::string(text));
        }
        port = rest.empty() ? rest : rest.substr(1);
    } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.empty()) {
            return std::unexpected("malformed destination: " + std::string(text));
        }
    }
    if (base::istarts_with(host, "ipv6:")) {
        host.remove_prefix(5);
    }
    if (host.empty()) {
        return std::unexpected("malformed destination: " + std::string(text));
    }
    if (!port.empty()) {
        const auto number = parse_port(port);
        if (!number) {
            return std::unexpected(number.error());
        }
        out.port = *number;
    }
    out.host = base::lower(host);
    return out;
}

std::vector<std::string> split_nexthops(std::string_view text) {
    std::vector<std::string> out;
    for (const auto word : base::split_words(text, ", \t\r\n")) {
        out.emplace_back(word);
    }
    return out;
}

}  // namespace posthouse::deliver
