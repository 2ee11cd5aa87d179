#include "start/supervisor_state.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app {

namespace {

class Words {
public:
    explicit Words(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    std::string_view next() {
        const std::size_t end = std::min(rest_.find(' '), rest_.size());
        const std::string_view word = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return word;
    }
    /// -1: it is none, or too large.
    int number(std::uint64_t largest = 0x7fffffff) {
        const auto value = base::parse_number(next());
        return value && *value <= largest ? static_cast<int>(*value) : -1;
    }

private:
    std::string_view rest_;
};

bool read_socket(Words& words, SupervisorState& into) {
    const int descriptor = words.number();
    const auto address = base::IpAddress::parse(words.next());
    const int port = words.number(0xffff);
    if (descriptor < 0 || !address || port < 0) {
        return false;
    }
    into.sockets.push_back({descriptor, {*address, static_cast<std::uint16_t>(port)}});
    return true;
}

}  // namespace

std::string SupervisorState::text() const {
    std::string out = base::format("lock {} server {} {}", lock, server, channel);
    for (const Socket& socket : sockets) {
        out += base::format(" socket {} {} {}", socket.descriptor, socket.endpoint.address.text(), socket.endpoint.port);
    }
    return out;
}

std::optional<SupervisorState> SupervisorState::parse(std::string_view text) {
    SupervisorState out;
    Words words(text);
    while (!words.at_end()) {
        const std::string_view what = words.next();
        if (what == "lock") {
            out.lock = words.number();
        } else if (what == "server") {
            out.server = words.number();
            out.channel = words.number();
        } else if (what != "socket" || !read_socket(words, out)) {
            return std::nullopt;
        }
    }
    return out.lock >= 0 && out.server > 0 && out.channel >= 0 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace posthouse::app
