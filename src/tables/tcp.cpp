#include "tables/tcp.hpp"

#include "base/text.hpp"
#include "tables/unavailable.hpp"
#include "tables/wire_table.hpp"

namespace posthouse::tables {

namespace {

constexpr std::size_t reply_max = 4096;
constexpr std::string_view hex = "0123456789ABCDEF";

// White space, control characters, what is not ASCII, and "%" itself become "%XX".
std::string quoted(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c > ' ' && c < 0x7f && c != '%') {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', hex[byte >> 4], hex[byte & 15]};
        }
    }
    return out;
}

std::optional<std::string> unquoted(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const std::size_t high = i + 2 < text.size() ? hex.find(base::to_upper(text[i + 1])) : std::string_view::npos;
        const std::size_t low = high != std::string_view::npos ? hex.find(base::to_upper(text[i + 2])) : std::string_view::npos;
        if (low == std::string_view::npos) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

class Tcp final : public WireProtocol {
public:
    std::optional<std::string> question(const std::string& key) const override { return "get " + quoted(key) + '\n'; }

    base::Result<std::optional<WireReply>> reply(std::string_view received) const override {
        const std::size_t end = received.substr(0, reply_max).find('\n');
        if (end == std::string_view::npos) {
            if (received.size() >= reply_max) {
                return base::fail(base::ErrorKind::limit, "the reply is longer than " + std::to_string(reply_max) + " bytes");
            }
            return std::nullopt;
        }
        std::string_view line = received.substr(0, end);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        return WireReply{read(line), end + 1};
    }

private:
    static Lookup read(std::string_view line) {
        const bool coded = line.size() >= 4 && base::is_digit(line[0]) && base::is_digit(line[1]) && base::is_digit(line[2]) && line[3] == ' ';
        auto text = coded ? unquoted(line.substr(4)) : std::nullopt;
        if (!text) {
            return Lookup::unknown("tcp table: malformed reply: " + base::printable(line.substr(0, 200)));
        }
        if (line.starts_with("200")) {
            return Lookup::found(std::move(*text));
        }
        if (line.starts_with("500")) {
            return Lookup::absent();
        }
        return Lookup::unknown("tcp table: server error: " + base::printable(line.substr(0, 200)));
    }
};

}  // namespace

std::unique_ptr<WireProtocol> tcp_protocol() { return std::make_unique<Tcp>(); }

std::shared_ptr<const Table> open_tcp(const TableName& name, const OpenContext& context) {
    auto server = parse_host_port(name.path, context.outside);
    if (!server) {
        return unavailable(name, name.spec + ": " + server.error().text);
    }
    if (context.outside.cores == nullptr) {
        return unavailable(name, name.spec + ": no network here");
    }
    return std::make_shared<WireTable>(name.spec, std::move(*server), tcp_protocol(), context.outside);
}

}  // namespace posthouse::tables
