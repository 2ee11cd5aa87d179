#include "tables/memcache_protocol.hpp"

#include "base/text.hpp"

namespace posthouse::tables {

namespace {

constexpr std::size_t key_max = 250;
constexpr std::string_view end_of_data = "\r\nEND\r\n";

class Memcache final : public WireProtocol {
public:
    Memcache(std::size_t data_size_limit, std::size_t line_size_limit) : data_max_(data_size_limit), line_max_(line_size_limit) {}
    std::optional<std::string> question(const std::string& key) const override {
        return is_memcache_key(key) ? std::optional("get " + key + "\r\n") : std::nullopt;
    }

    base::Result<std::optional<WireReply>> reply(std::string_view received) const override {
        const std::size_t end = received.find('\n');
        if (end == std::string_view::npos ? received.size() > line_max_ : end > line_max_) {
            return base::fail(base::ErrorKind::limit, "the reply's line is longer than line_size_limit");
        }
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view line = base::trim_right(received.substr(0, end));
        if (line == "END" || line == "NOT_STORED") {
            return WireReply{Lookup::absent(), end + 1};
        }
        if (line == "STORED") {
            return WireReply{Lookup::found({}), end + 1};
        }
        const auto words = base::split_words(line, " ");
        const auto length = words.size() >= 4 && words[0] == "VALUE" ? base::parse_number(words[3]) : std::nullopt;
        if (!length) {
            return base::fail(base::ErrorKind::unavailable, "unexpected reply: " + base::printable(line.substr(0, 200)));
        }
        if (*length > data_max_) {
            return base::fail(base::ErrorKind::limit, "a value of " + std::to_string(*length) + " bytes is over data_size_limit");
        }
        const std::size_t size = end + 1 + *length + end_of_data.size();
        if (received.size() < size) {
            return std::nullopt;
        }
        if (received.substr(end + 1 + *length, end_of_data.size()) != end_of_data) {
            return base::fail(base::ErrorKind::invalid, "the value does not end where it says");
        }
        return WireReply{Lookup::found(std::string(received.substr(end + 1, *length))), size};
    }

private:
    std::size_t data_max_;
    std::size_t line_max_;
};

}  // namespace

std::unique_ptr<WireProtocol> memcache_protocol(std::size_t data_size_limit, std::size_t line_size_limit) {
    return std::make_unique<Memcache>(data_size_limit, line_size_limit);
}

bool is_memcache_key(std::string_view key) {
    return !key.empty() && key.size() <= key_max && std::none_of(key.begin(), key.end(), [](char c) { return base::is_space(c) || base::is_control(c); });
}

std::string memcache_set(std::string_view key, std::string_view value, std::int64_t flags, std::int64_t ttl_seconds) {
    return "set " + std::string(key) + ' ' + std::to_string(flags) + ' ' + std::to_string(ttl_seconds) + ' ' + std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\n";
}

}  // namespace posthouse::tables
