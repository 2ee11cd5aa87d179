#include "tables/socketmap.hpp"

#include "base/text.hpp"
#include "tables/unavailable.hpp"
#include "tables/wire_table.hpp"

namespace posthouse::tables {

namespace {

constexpr std::size_t reply_max = 100'000;
constexpr std::size_t digits_max = 6;  // of reply_max

class Socketmap final : public WireProtocol {
public:
    explicit Socketmap(std::string map) : map_(std::move(map)) {}
    std::optional<std::string> question(const std::string& key) const override {
        const std::string text = map_ + ' ' + key;
        return std::to_string(text.size()) + ':' + text + ',';
    }

    base::Result<std::optional<WireReply>> reply(std::string_view received) const override {
        const std::size_t colon = received.find(':');
        const std::string_view digits = received.substr(0, colon);
        const auto length = digits.size() <= digits_max ? base::parse_number(digits) : std::nullopt;
        if (!length && !(digits.empty() && colon == std::string_view::npos)) {
            return malformed(received);
        }
        if (length && *length > reply_max) {
            return base::fail(base::ErrorKind::limit, "a reply of " + std::to_string(*length) + " bytes is too long");
        }
        if (colon == std::string_view::npos || received.size() < colon + 1 + *length + 1) {
            return std::nullopt;
        }
        if (received[colon + 1 + *length] != ',') {
            return malformed(received);
        }
        return WireReply{read(received.substr(colon + 1, *length)), colon + 1 + *length + 1};
    }

private:
    static std::unexpected<base::Error> malformed(std::string_view received) {
        return base::fail(base::ErrorKind::invalid, "the reply is no netstring: " + base::printable(received.substr(0, 40)));
    }
    Lookup read(std::string_view text) const {
        const auto parts = base::split_once(text, ' ');
        const std::string_view status = parts ? parts->first : text;
        const std::string_view rest = parts ? parts->second : std::string_view();
        if (status == "OK") {
            return Lookup::found(std::string(rest));
        }
        if (status == "NOTFOUND") {
            return Lookup::absent();
        }
        const bool known = status == "TEMP" || status == "TIMEOUT" || status == "PERM";
        return Lookup::unknown("socketmap " + map_ + (known ? " server error: " : " server: unexpected reply: ") + base::printable(text.substr(0, 200)));
    }
    std::string map_;
};

}  // namespace

std::unique_ptr<WireProtocol> socketmap_protocol(std::string map) { return std::make_unique<Socketmap>(std::move(map)); }

std::shared_ptr<const Table> open_socketmap(const TableName& name, const OpenContext& context) {
    const std::size_t colon = name.path.rfind(':');
    const std::string map = colon == std::string::npos ? "" : name.path.substr(colon + 1);
    if (map.empty()) {
        return unavailable(name, name.spec + ": expecting \"socketmap:inet:host:port:name\" or \"socketmap:unix:path:name\"");
    }
    auto server = parse_server_address(std::string_view(name.path).substr(0, colon), context.outside);
    if (!server) {
        return unavailable(name, name.spec + ": " + server.error().text);
    }
    if (context.outside.cores == nullptr) {
        return unavailable(name, name.spec + ": no network here");
    }
    return std::make_shared<WireTable>(name.spec, std::move(*server), socketmap_protocol(map), context.outside);
}

}  // namespace posthouse::tables
