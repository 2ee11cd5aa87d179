#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.hpp"
#include "net/dns_answer.hpp"
#include "net/hosts_file.hpp"
#include "net/real_core_test.hpp"
#include "net/socket_address.hpp"

namespace posthouse::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using world::DnsAnswer;
using world::RecordType;
using world::Task;
using State = DnsAnswer::State;

std::string wire_name(std::string_view name) {
    std::string out;
    for (const std::string_view label : base::split_words(name, ".")) {
        out += static_cast<char>(label.size());
        out += label;
    }
    return out + '\0';
}

// A name server with one zone, on a thread of its own.
class NameServer {
public:
    explicit NameServer(std::string_view at = "127.0.0.1", std::uint16_t port = 0) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const SocketAddress address = to_socket_address(base::Endpoint{*base::IpAddress::parse(at), port});
        is_bound_ = ::bind(socket_, address.get(), address.length) == 0;
        thread_ = std::thread([this] { serve(); });
    }
    ~NameServer() {
        ::shutdown(socket_, SHUT_RDWR);
        const SocketAddress address = to_socket_address(local_endpoint(socket_));
        stopping_ = true;
        ::sendto(socket_, "", 0, 0, address.get(), address.length);
        thread_.join();
        ::close(socket_);
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;
    [[nodiscard]] std::string address() const { return local_endpoint(socket_).text(); }
    [[nodiscard]] bool is_bound() const { return is_bound_; }

private:
    void serve() {
        std::array<char, 2000> buffer{};
        while (!stopping_) {
            SocketAddress from;
            const ssize_t count = ::recvfrom(socket_, buffer.data(), buffer.size(), 0, from.get(), &from.length);
            if (count > 12) {
                const std::string reply = answer({buffer.data(), static_cast<std::size_t>(count)});
                ::sendto(socket_, reply.data(), reply.size(), 0, from.get(), from.length);
            }
        }
    }
    static std::string answer(std::string_view question) {
        const std::size_t end = question.find('\0', 12) + 5;
        const std::string name = base::lower(question.substr(12, end - 4 - 12));
        const char type = question[end - 3];
        std::string records;
        char count = 0;
        char code = 0;
        const auto add = [&](const std::string& data) {
            records += "\xc0\x0c\0"s + type + "\0\x01\0\0\x0e\x10"s + '\0' + static_cast<char>(data.size()) + data;
            ++count;
        };
        if (name == wire_name("example.test") && type == 15) {
            add("\0\x14"s + wire_name("Backup.example.test"));
            add("\0\x0a"s + wire_name("mx.example.test"));
        } else if (name == wire_name("mx.example.test") && type == 1) {
            add("\x7f\0\0\x02"s);
        } else if (name == wire_name("mx.xn--bcher-kva.test") && type == 1) {
            add("\x7f\0\0\x03"s);
        } else if (name == wire_name("broken.test")) {
            code = 2;
        } else if (name != wire_name("mx.example.test") && name != wire_name("example.test")) {
            code = 3;
        }
        return std::string(question.substr(0, 2)) + '\x81' + static_cast<char>(0x80 | code) + "\0\x01\0"s + count +
               "\0\0\0\0"s + std::string(question.substr(12, end - 12)) + records;
    }

    int socket_;
    bool is_bound_ = false;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

// A file that tests write.
class WrittenFile {
public:
    explicit WrittenFile(std::string name) : path_(::testing::TempDir() + name + std::to_string(::getpid())) {}
    ~WrittenFile() { std::filesystem::remove(path_); }
    WrittenFile(const WrittenFile&) = delete;
    WrittenFile& operator=(const WrittenFile&) = delete;
    void write(const std::string& text) const {
        std::ofstream(path_ + ".new") << text;
        std::filesystem::rename(path_ + ".new", path_);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

class Resolver : public RealCoreTest {
protected:
    Task<void> goes_over(const WrittenFile& resolv_conf, std::unique_ptr<NameServer>& first, std::string second) {
        world::Resolver& resolver = core().resolver;
        DnsAnswer answer = co_await resolver.query("mx.example.test", RecordType::a, soon());
        EXPECT_EQ(answer.state, State::found) << answer.reason;
        first.reset();
        resolv_conf.write("nameserver " + second + '\n');
        answer = co_await resolver.query("mx.b\u00fccher.test", RecordType::a, soon());
        EXPECT_EQ(answer.state, State::found) << answer.reason;
        answer = co_await resolver.query("mx.example.test", RecordType::a, soon());  // the old servers have retired
        EXPECT_EQ(answer.state, State::found) << answer.reason;
    }
    Task<void> asks() {
        world::Resolver& resolver = core().resolver;
        DnsAnswer answer = co_await resolver.query("Example.TEST", RecordType::mx, soon());
        EXPECT_EQ(answer.state, State::found) << answer.reason;
        EXPECT_EQ(answer.records.size(), 2U);
        for (const world::DnsRecord& record : answer.records) {
            EXPECT_EQ(record.name, record.preference == 10 ? "mx.example.test" : "backup.example.test");
        }
        EXPECT_EQ(answer.ttl_seconds, 3600U);
        EXPECT_FALSE(answer.secure);
        answer = co_await resolver.query("mx.example.test", RecordType::a, soon());
        EXPECT_EQ(answer.records.at(0).address.text(), "127.0.0.2");
        EXPECT_EQ(answer.canonical_name, "mx.example.test");
        answer = co_await resolver.query("mx.example.test", RecordType::aaaa, soon());
        EXPECT_EQ(answer.state, State::no_data);
        answer = co_await resolver.query("nowhere.test", RecordType::a, soon());
        EXPECT_EQ(answer.state, State::no_such_domain);
        answer = co_await resolver.query("broken.test", RecordType::a, soon());
        EXPECT_EQ(answer.state, State::unknown);
        EXPECT_EQ(answer.reason, "server failure");
        answer = co_await resolver.query("mx.bücher.test", RecordType::a, soon());
        EXPECT_EQ(answer.state, State::found) << answer.reason;
        EXPECT_EQ(answer.canonical_name, "mx.xn--bcher-kva.test");
        // Nothing to wait for: there can be no such name.
        for (const std::string name : {"..", "joe..example", "", "\xff.test"}) {
            answer = co_await resolver.query(name, RecordType::a, soon());
            EXPECT_EQ(answer.state, State::no_such_domain) << name;
        }
    }
    Task<void> ask_forever(std::string name) {
        const DnsAnswer answer = co_await core().resolver.query(name, RecordType::a, world::Deadline::never());
        ADD_FAILURE() << answer.reason;
    }
    Task<void> gives_up() {
        // nobody answers there: the socket is bound, but never read
        const DnsAnswer answer =
            co_await core().resolver.query("example.test", RecordType::mx, core().clock.deadline_in(30ms));
        EXPECT_EQ(answer.state, State::unknown);
        EXPECT_EQ(answer.reason, "timeout");
        world::TaskGroup group;
        group.spawn(ask_forever("example.test"));
        EXPECT_EQ(group.size(), 1U);
        group.cancel();
        EXPECT_EQ(group.size(), 0U);
    }
};

TEST_F(Resolver, tells_found_from_absent_from_unknown) {
    const NameServer server;
    use({.forwarder = server.address()});
    run(asks());
}

TEST_F(Resolver, gives_up_at_the_deadline_and_when_cancelled) {
    const int silent = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const SocketAddress address = to_socket_address(base::Endpoint{*base::IpAddress::parse("127.0.0.1"), 0});
    ASSERT_EQ(::bind(silent, address.get(), address.length), 0);
    use({.forwarder = local_endpoint(silent).text()});
    run(gives_up());
    ::close(silent);
}

TEST_F(Resolver, asks_the_servers_that_resolv_conf_names_now) {
    const auto pid = static_cast<unsigned>(::getpid());
    const std::string net = "127." + std::to_string(1 + pid / 250 % 250) + '.' + std::to_string(1 + pid % 250);
    auto first = std::make_unique<NameServer>(net + ".1", 53);
    const NameServer second(net + ".2", 53);
    if (!first->is_bound() || !second.is_bound()) {
        GTEST_SKIP() << "only root has port 53, which is the only one that resolv.conf knows";
    }
    const WrittenFile resolv_conf("resolv.conf");
    resolv_conf.write("nameserver " + net + ".1\n");
    use({.resolv_conf = resolv_conf.path(), .look_again = 0ms});
    run(goes_over(resolv_conf, first, net + ".2"));
}

// What the contexts of libunbound share is set up with the first of them: ThreadSanitizer sees whether that is safe.
TEST(resolvers, of_several_cores_may_be_asked_for_the_first_time_at_once) {
    constexpr std::size_t count = 4;
    const NameServer server;
    const auto cores = make_cores(count, {.forwarder = server.address()});
    std::array<world::TaskGroup, count> groups;
    std::atomic<std::size_t> ended = 0;
    const auto ask = [](RealCores& all, std::size_t index, std::atomic<std::size_t>& counted) -> Task<void> {
        world::Core& core = all.core(index);
        const DnsAnswer answer = co_await core.resolver.query("mx.example.test", RecordType::a, core.clock.deadline_in(10s));
        EXPECT_EQ(answer.state, State::found) << answer.reason;
        if (++counted == count) {
            all.stop();
        }
    };
    for (std::size_t i = 0; i < count; ++i) {
        cores->core(i).executor.post([&, i] { groups[i].spawn(ask(*cores, i, ended)); });
    }
    cores->run();
    cores->join();
    EXPECT_EQ(ended, count);
}

TEST(hosts, are_read_again_when_they_have_changed) {
    const WrittenFile file("hosts");
    file.write("10.0.0.1 one.example\n");
    Hosts hosts(file.path(), 0ms);
    EXPECT_EQ(hosts.now()->addresses("one.example").size(), 1U);
    EXPECT_EQ(hosts.now(), hosts.now());
    file.write("10.0.0.1 one.example\n10.0.0.2 one.example\n");
    EXPECT_EQ(hosts.now()->addresses("one.example").size(), 2U);
    std::filesystem::remove(file.path());
    EXPECT_TRUE(hosts.now()->addresses("one.example").empty());
}

TEST(hosts_file, lists_addresses_of_names_and_names_of_addresses) {
    const HostsFile hosts = HostsFile::parse(
        "127.0.0.1 Mail.Example mail # comment other\n10.0.0.1\tmail.example\nnonsense name\n::1 six\n#127.0.0.9 no\n");
    EXPECT_EQ(hosts.addresses("MAIL.example").size(), 2U);
    EXPECT_EQ(hosts.addresses("mail.").size(), 1U);
    EXPECT_TRUE(hosts.addresses("other").empty());
    EXPECT_TRUE(hosts.addresses("no").empty());
    EXPECT_EQ(hosts.name(*base::IpAddress::parse("127.0.0.1")), "Mail.Example");
    EXPECT_EQ(hosts.name(*base::IpAddress::parse("::1")), "six");
    EXPECT_EQ(hosts.name(*base::IpAddress::parse("10.9.9.9")), "");
    EXPECT_EQ(hosts.addresses("localhost").size(), 2U);
}

TEST(dns_answer, reads_record_data_and_refuses_what_is_malformed) {
    EXPECT_EQ(parse_record_data(RecordType::mx, "\0\x05\x01"s + "A\x02"s + "b."s + "\0"s)->name, "a.b\\046");
    EXPECT_EQ(parse_record_data(RecordType::mx, "\0\0\0"s)->name, "");
    EXPECT_EQ(parse_record_data(RecordType::txt, "\x03"s + "one\x03"s + "two"s)->name, "onetwo");
    for (const std::string& bad : {""s, "\x05"s, "\x01"s + "a"s, "\x41"s + std::string(0x41, 'a') + "\0"s, "\0\0"s}) {
        EXPECT_FALSE(parse_record_data(RecordType::ptr, bad).has_value());
    }
    EXPECT_FALSE(parse_record_data(RecordType::a, "abc").has_value());
    EXPECT_FALSE(parse_record_data(RecordType::txt, "\x05"s + "abc"s).has_value());
}

}  // namespace
}  // namespace posthouse::net
