#include "world/proxy_header.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "world/task_group.hpp"

namespace posthouse::world {

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary(char command, char family, std::string_view body) {
    std::string out = signature + command + family;
    out += static_cast<char>(body.size() >> 8U);
    out += static_cast<char>(body.size() & 0xffU);
    return out + std::string(body);
}

std::string_view error_of(std::string_view bytes) {
    const ParsedProxyHeader parsed = parse_proxy_header(bytes);
    const auto* error = std::get_if<ProxyHeaderError>(&parsed);
    return error != nullptr ? error->text : "";
}

std::string said(const ProxyHeader& header) { return header.addresses ? header.addresses->client.text() + " > " + header.addresses->server.text() : "local"; }

std::string said(std::string_view bytes) {
    const ParsedProxyHeader parsed = parse_proxy_header(bytes);
    const auto* header = std::get_if<ProxyHeader>(&parsed);
    return header != nullptr ? said(*header) : "nothing";
}

class StillClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override { return {}; }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    Task<void> sleep_until(SteadyTime) override { co_return; }
};

// Gives at most as much as it is asked for, in the pieces that came.
class PiecesStream final : public Stream {
public:
    explicit PiecesStream(std::deque<std::string> input) : pieces(std::move(input)) {}
    Task<base::Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) override {
        last_deadline = deadline.time();
        ++reads;
        if (pieces.empty()) {
            co_return times_out ? base::Result<std::size_t>(std::unexpected(base::Error{base::ErrorKind::timeout, "timeout"})) : std::size_t{0};
        }
        const std::size_t count = pieces.front().copy(into.data(), into.size());
        pieces.front().erase(0, count);
        if (pieces.front().empty()) {
            pieces.pop_front();
        }
        co_return count;
    }
    Task<base::Result<void>> write_all(std::string_view, Deadline) override { co_return base::Result<void>{}; }
    Task<base::Result<TlsSession>> start_tls_server(std::shared_ptr<const TlsServerContext>, Deadline) override { co_return base::fail(base::ErrorKind::refused, "no TLS"); }
    Task<base::Result<TlsSession>> start_tls_client(TlsClientRequest, Deadline) override { co_return base::fail(base::ErrorKind::refused, "no TLS"); }
    Task<void> shutdown(Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {}; }
    [[nodiscard]] base::Endpoint peer() const override { return {}; }
    [[nodiscard]] bool readable_now() const override { return false; }

    std::deque<std::string> pieces;
    bool times_out = false;
    std::size_t reads = 0;
    SteadyTime last_deadline;
};

// What read_proxy_header says, and leaves in the stream.
std::string read(PiecesStream& stream) {
    std::string out = "suspended";
    struct Reader {
        static Task<void> run(Stream& stream, std::string& out) {
            const StillClock clock;
            Task<base::Result<ProxyHeader>> reading = read_proxy_header(stream, clock, std::chrono::seconds{5});
            const auto header = co_await std::move(reading);
            out = header ? said(*header) : header.error().text;
        }
    };
    TaskGroup tasks;
    tasks.spawn(Reader::run(stream, out));
    return out;
}

}  // namespace

TEST(ProxyHeader, a_line_names_client_and_server) {
    EXPECT_EQ(said("PROXY TCP4 192.0.2.1 198.51.100.2 51234 25\r\n"), "192.0.2.1:51234 > 198.51.100.2:25");
    EXPECT_EQ(said("PROXY TCP6 2001:db8::1 2001:db8::2 51234 25\r\nEHLO x\r\n"), "[2001:db8::1]:51234 > [2001:db8::2]:25");
    EXPECT_EQ(said("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\n"), "192.0.2.1:1 > 192.0.2.2:2");
}

TEST(ProxyHeader, a_line_that_lacks_something_says_what) {
    EXPECT_EQ(error_of("PROXY UNKNOWN\r\n"), "bad or missing protocol type") << "it would get the rights of the proxy";
    EXPECT_EQ(error_of("PROXY TCP4 2001:db8::1 198.51.100.2 1 2\r\n"), "bad or missing client address");
    EXPECT_EQ(error_of("PROXY TCP6 192.0.2.1 2001:db8::2 1 2\r\n"), "bad or missing client address");
    EXPECT_EQ(error_of("PROXY TCP4 192.0.2.1 mail.example 1 2\r\n"), "bad or missing server address");
    EXPECT_EQ(error_of("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"), "bad or missing client port");
    EXPECT_EQ(error_of("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"), "bad or missing server port");
    EXPECT_EQ(error_of("PROXY TCP4 " + std::string(200, 'x')), "missing protocol header terminator");
    EXPECT_EQ(error_of("EHLO there\r\n"), "unrecognized protocol header");
    EXPECT_EQ(error_of("PROXX"), "unrecognized protocol header");
}

TEST(ProxyHeader, version_2_names_client_and_server_and_has_room_for_more) {
    const std::string v4("\xc0\0\2\1\xc6\x33\x64\2\xc8\x22\0\x19", 12);
    EXPECT_EQ(said(binary('\x21', '\x11', v4)), "192.0.2.1:51234 > 198.51.100.2:25");
    const std::string v6 = std::string("\x20\1\xd\xb8", 4) + std::string(11, '\0') + '\1' + std::string("\x20\1\xd\xb8", 4) + std::string(11, '\0') + '\2' + std::string("\xc8\x22\0\x19", 4);
    EXPECT_EQ(said(binary('\x21', '\x21', v6)), "[2001:db8::1]:51234 > [2001:db8::2]:25");
    const ParsedProxyHeader with_more = parse_proxy_header(binary('\x21', '\x11', v4 + std::string("\5\0\4abcd", 7)));
    EXPECT_EQ(std::get<ProxyHeader>(with_more).rest, 7U);
    EXPECT_EQ(said(binary('\x20', '\0', "")), "local");
    EXPECT_EQ(said(binary('\x20', '\x11', v4)), "local") << "the addresses of a health check mean nothing";
}

TEST(ProxyHeader, version_2_that_is_wrong_says_what) {
    EXPECT_EQ(error_of(binary('\x31', '\x11', std::string(12, '\0'))), "unrecognized protocol version");
    EXPECT_EQ(error_of(binary('\x22', '\x11', std::string(12, '\0'))), "bad command in proxy header");
    EXPECT_EQ(error_of(binary('\x21', '\x31', std::string(216, '\0'))), "unsupported network protocol");
    EXPECT_EQ(error_of(binary('\x21', '\0', "")), "unsupported network protocol");
    EXPECT_EQ(error_of(binary('\x21', '\x12', std::string(12, '\0'))), "unsupported network protocol") << "a datagram is no connection";
    EXPECT_EQ(error_of(binary('\x21', '\x21', std::string(12, '\0'))), "short address field");
}

TEST(ProxyHeader, what_follows_stays_in_the_connection) {
    for (const std::string& header : {std::string("PROXY TCP6 :: :: 0 0\r\n"), std::string("PROXY TCP4 192.0.2.1 198.51.100.2 51234 25\r\n"), binary('\x20', '\0', std::string(300, 'x')),
                                      binary('\x21', '\x11', std::string(400, '\1'))}) {
        PiecesStream stream({header + "\x16\x03\x01 hello"});
        EXPECT_NE(read(stream).find(header.starts_with("PROXY") || header[12] == '\x21' ? " > " : "local"), std::string::npos);
        ASSERT_EQ(stream.pieces.size(), 1U);
        EXPECT_EQ(stream.pieces.front(), "\x16\x03\x01 hello");
    }
}

TEST(ProxyHeader, it_may_come_byte_by_byte_within_the_time) {
    std::deque<std::string> pieces;
    for (const char c : std::string("PROXY TCP4 192.0.2.1 198.51.100.2 51234 25\r\n")) {
        pieces.emplace_back(1, c);
    }
    PiecesStream stream(std::move(pieces));
    EXPECT_EQ(read(stream), "192.0.2.1:51234 > 198.51.100.2:25");
    EXPECT_EQ(stream.last_deadline, SteadyTime() + std::chrono::seconds{5}) << "of the whole, not of each piece";
}

TEST(ProxyHeader, a_line_takes_few_reads) {
    PiecesStream stream({"PROXY TCP4 203.0.113.100 198.51.100.200 51234 10025\r\n"});
    EXPECT_EQ(read(stream), "203.0.113.100:51234 > 198.51.100.200:10025");
    EXPECT_LE(stream.reads, 20U);
}

TEST(ProxyHeader, what_went_wrong_is_told_as_postfix_tells_it) {
    PiecesStream gone({"PROXY TCP4 19"});
    EXPECT_EQ(read(gone), "haproxy read: EOF");
    PiecesStream silent({});
    silent.times_out = true;
    EXPECT_EQ(read(silent), "haproxy read: timeout error");
    PiecesStream direct({"EHLO client\r\n"});
    EXPECT_EQ(read(direct), "haproxy read: unrecognized protocol header: EHLO client??");
    PiecesStream cut({binary('\x20', '\0', std::string(300, 'x')).substr(0, 200)});
    EXPECT_EQ(read(cut), "haproxy read: EOF") << "in the middle of what says nothing to us";
}

}  // namespace posthouse::world
