#include "dns/mx_lookup.hpp"

#include <gtest/gtest.h>

#include "dns/scripted_resolver_test.hpp"
#include "world/task_group.hpp"

namespace posthouse::dns {
namespace {

using world::DnsAnswer;
using world::RecordType;

class CountingRandom final : public world::Random {
public:
    std::uint64_t next() override { return value_ += 7; }

private:
    std::uint64_t value_ = 0;
};

base::IpAddress ip(std::string_view text) {
    return base::IpAddress::parse(text).value();
}

template <class T>
world::Task<void> store(world::Task<T> task, T& into) {
    into = co_await std::move(task);
}

MailHosts by_mx(ScriptedResolver& resolver, std::string domain, MxLookupOptions options = {}) {
    CountingRandom random;
    MailHosts out;
    world::TaskGroup group;
    group.spawn(store(
        lookup_mail_hosts(resolver, random, std::move(domain), std::move(options), world::Deadline::never()), out));
    return out;
}

MailHosts direct(ScriptedResolver& resolver, std::string host, MxLookupOptions options = {}) {
    CountingRandom random;
    MailHosts out;
    world::TaskGroup group;
    group.spawn(
        store(lookup_mail_host(resolver, random, std::move(host), std::move(options), world::Deadline::never()), out));
    return out;
}

std::string order(const MailHosts& hosts) {
    std::string out;
    for (const auto& host : hosts.hosts) {
        out += host.name + "[" + host.address.text() + "] ";
    }
    return out;
}

MxLookupOptions in_answer_order() {
    MxLookupOptions options;
    options.smtp_randomize_addresses = Randomize::no;
    return options;
}

}  // namespace

TEST(mx_lookup, tries_hosts_by_preference) {
    ScriptedResolver resolver;
    resolver.mx("example.net", 20, "b");
    resolver.mx("example.net", 10, "a");
    resolver.a("a", "127.0.0.1");
    resolver.a("a", "::1");
    resolver.a("b", "127.0.0.2");
    EXPECT_EQ(order(by_mx(resolver, "example.net", in_answer_order())), "a[127.0.0.1] a[::1] b[127.0.0.2] ");
}

TEST(mx_lookup, randomizes_only_within_one_preference) {
    ScriptedResolver resolver;
    resolver.mx("example.net", 20, "last");
    resolver.a("last", "127.0.0.99");
    for (int i = 1; i <= 4; ++i) {
        resolver.mx("example.net", 10, "h" + std::to_string(i));
        resolver.a("h" + std::to_string(i), "127.0.0." + std::to_string(i));
    }
    const auto hosts = by_mx(resolver, "example.net");
    ASSERT_EQ(hosts.hosts.size(), 5U);
    EXPECT_EQ(hosts.hosts.back().name, "last");
    EXPECT_NE(order(hosts), order(by_mx(resolver, "example.net", in_answer_order())));
}

TEST(mx_lookup, a_domain_without_mx_is_its_own_host) {
    ScriptedResolver resolver;
    resolver.a("aonly.example", "127.0.0.1");
    EXPECT_EQ(order(by_mx(resolver, "aonly.example")), "aonly.example[127.0.0.1] ");
}

TEST(mx_lookup, a_null_mx_refuses_mail_for_good) {
    ScriptedResolver resolver;
    resolver.mx("example", 0, "");
    const auto hosts = by_mx(resolver, "example");
    EXPECT_EQ(hosts.state, MailHosts::State::absent);
    EXPECT_EQ(hosts.status, "5.1.0");
    EXPECT_EQ(hosts.text, "Domain example does not accept mail (nullMX)");
}

TEST(mx_lookup, a_domain_that_does_not_exist_is_permanent) {
    ScriptedResolver resolver;
    MxLookupOptions options;
    options.host.inet_protocols = InetProtocols::ipv4;
    const auto hosts = by_mx(resolver, "nowhere.example", options);
    EXPECT_EQ(hosts.state, MailHosts::State::absent);
    EXPECT_EQ(hosts.status, "5.4.4");
    EXPECT_EQ(hosts.text,
              "Host or domain name not found. Name service error for name=nowhere.example type=A: Host not found");
}

TEST(mx_lookup, no_answer_is_temporary) {
    ScriptedResolver resolver;
    resolver.a("x.example", "127.0.0.1");
    resolver.fail("x.example", RecordType::mx, DnsAnswer::State::unknown);
    const auto hosts = by_mx(resolver, "x.example");
    EXPECT_EQ(hosts.state, MailHosts::State::unknown);
    EXPECT_EQ(hosts.status, "4.4.3");
    EXPECT_EQ(
        hosts.text,
        "Host or domain name not found. Name service error for name=x.example type=MX: Host not found, try again");
    MxLookupOptions options;
    options.ignore_mx_lookup_error = true;
    EXPECT_EQ(order(by_mx(resolver, "x.example", options)), "x.example[127.0.0.1] ");
}

TEST(mx_lookup, one_host_without_an_answer_makes_the_lack_of_others_temporary) {
    ScriptedResolver resolver;
    resolver.mx("x.example", 10, "gone");
    resolver.mx("x.example", 20, "later");
    resolver.mx("x.example", 30, "gone2");
    resolver.fail("later", RecordType::aaaa, DnsAnswer::State::unknown);
    const auto hosts = by_mx(resolver, "x.example");
    EXPECT_EQ(hosts.state, MailHosts::State::unknown);
    EXPECT_EQ(hosts.status, "4.4.3");
}

TEST(mx_lookup, drops_ourselves_and_worse_hosts) {
    ScriptedResolver resolver;
    resolver.mx("x.example", 10, "primary");
    resolver.mx("x.example", 20, "us");
    resolver.mx("x.example", 20, "peer");
    resolver.mx("x.example", 30, "worse");
    resolver.a("primary", "127.0.0.1");
    resolver.a("us", "127.0.0.2");
    resolver.a("peer", "127.0.0.3");
    resolver.a("worse", "127.0.0.4");
    MxLookupOptions options;
    options.own_addresses = {ip("127.0.0.2")};
    EXPECT_EQ(order(by_mx(resolver, "x.example", options)), "primary[127.0.0.1] ");
    EXPECT_TRUE(by_mx(resolver, "x.example", options).own_is_listed);
    options.loop_detection = LoopDetection::off;
    EXPECT_EQ(by_mx(resolver, "x.example", options).hosts.size(), 4U);
}

TEST(mx_lookup, mail_that_we_are_best_for_loops) {
    ScriptedResolver resolver;
    resolver.mx("x.example", 10, "us");
    resolver.a("us", "127.0.0.2");
    MxLookupOptions options;
    options.own_addresses = {ip("127.0.0.2")};
    const auto hosts = by_mx(resolver, "x.example", options);
    EXPECT_EQ(hosts.status, "5.4.6");
    EXPECT_EQ(hosts.text, "mail for x.example loops back to myself");
    EXPECT_EQ(direct(resolver, "us", options).status, "5.4.6");
    resolver.mx("x.example", 5, "vanished");
    EXPECT_EQ(by_mx(resolver, "x.example", options).status, "4.4.4");
}

TEST(mx_lookup, bounds_what_a_zone_can_make_us_ask) {
    ScriptedResolver resolver;
    for (int i = 0; i < 500; ++i) {
        resolver.mx("big.example", 10, "h" + std::to_string(i));
    }
    EXPECT_EQ(by_mx(resolver, "big.example").state, MailHosts::State::absent);
    EXPECT_LE(resolver.questions, 1 + 2 * static_cast<int>(mx_hosts_max));
}

TEST(host_lookup, native_asks_the_hosts_file_first) {
    ScriptedResolver resolver;
    resolver.hosts["localhost"] = {ip("127.0.0.1"), ip("::1")};
    resolver.a("localhost", "127.0.0.9");
    MxLookupOptions options = in_answer_order();
    EXPECT_EQ(order(direct(resolver, "localhost", options)), "localhost[127.0.0.9] ");
    options.host.smtp_host_lookup = {HostSource::native, HostSource::dns};
    options.host.inet_protocols = InetProtocols::ipv4;
    EXPECT_EQ(order(direct(resolver, "localhost", options)), "localhost[127.0.0.1] ");
}

TEST(host_lookup, an_address_is_its_own_answer) {
    ScriptedResolver resolver;
    EXPECT_EQ(order(direct(resolver, "127.0.0.1")), "127.0.0.1[127.0.0.1] ");
    EXPECT_EQ(address_literal("[IPv6:::1]"), ip("::1"));
    EXPECT_EQ(address_literal("[127.0.0.1]"), ip("127.0.0.1"));
    EXPECT_EQ(address_literal("host"), std::nullopt);
    EXPECT_EQ(order(by_mx(resolver, "127.0.0.1")), "127.0.0.1[127.0.0.1] ");
    EXPECT_EQ(resolver.questions, 0);
    MxLookupOptions options;
    options.host.inet_protocols = InetProtocols::ipv6;
    EXPECT_EQ(direct(resolver, "127.0.0.1", options).state, MailHosts::State::absent);
}

TEST(host_lookup, prefers_the_configured_family) {
    ScriptedResolver resolver;
    resolver.a("h", "127.0.0.1");
    resolver.a("h", "::1");
    MxLookupOptions options = in_answer_order();
    options.smtp_address_preference = AddressPreference::ipv6;
    EXPECT_EQ(order(direct(resolver, "h", options)), "h[::1] h[127.0.0.1] ");
}

}  // namespace posthouse::dns
