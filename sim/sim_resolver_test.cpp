#include "sim/sim_resolver.hpp"

#include <gtest/gtest.h>

#include "world/task_group.hpp"

namespace posthouse::sim {
namespace {

using world::DnsAnswer;
using world::RecordType;
using std::chrono::seconds;

struct Dns {
    world::Task<void> ask(std::string name, RecordType type, Deadline deadline) { answer = co_await resolver.query(name, type, deadline); }
    DnsAnswer query(std::string name, RecordType type) {
        answer.reset();
        tasks.spawn(ask(std::move(name), type, Deadline::at(scheduler.now() + seconds(10))));
        EXPECT_FALSE(answer.has_value());
        scheduler.run_for(seconds(11));
        return answer.value_or(DnsAnswer{});
    }
    Scheduler scheduler{1};
    Zones zones;
    HostsFile hosts;
    SimResolver resolver{scheduler, zones, hosts};
    std::optional<DnsAnswer> answer;
    world::TaskGroup tasks;
};

}  // namespace

TEST(sim_resolver, it_answers_from_its_zones) {
    Dns dns;
    const auto address = *base::IpAddress::parse("127.0.0.7");
    dns.zones.add_mx("Example.net", 10, "MX.example.net");
    dns.zones.add_address("mx.example.net", address);
    world::DnsRecord alias;
    alias.name = "mx.example.net";
    dns.zones["www.example.net"].records[RecordType::cname] = {alias};
    const DnsAnswer mx = dns.query("example.NET", RecordType::mx);
    ASSERT_EQ(mx.records.size(), 1U);
    EXPECT_EQ(mx.records[0].name, "mx.example.net");
    const DnsAnswer www = dns.query("www.example.net", RecordType::a);
    ASSERT_EQ(www.records.size(), 1U);
    EXPECT_EQ(www.records[0].address, address);
    EXPECT_EQ(www.canonical_name, "mx.example.net");
    EXPECT_EQ(dns.query("7.0.0.127.in-addr.arpa", RecordType::ptr).records.at(0).name, "mx.example.net");
    EXPECT_EQ(dns.query("example.net", RecordType::txt).state, DnsAnswer::State::no_data);
    EXPECT_EQ(dns.query("example.org", RecordType::a).state, DnsAnswer::State::no_such_domain);
}

TEST(sim_resolver, servers_that_fail_or_hang_are_unknown) {
    Dns dns;
    dns.zones["sick.example"].state = DnsAnswer::State::unknown;
    dns.zones["slow.example"].hangs = true;
    EXPECT_EQ(dns.query("sick.example", RecordType::mx).state, DnsAnswer::State::unknown);
    EXPECT_EQ(dns.query("slow.example", RecordType::mx).state, DnsAnswer::State::unknown);
    EXPECT_NE(dns.answer->reason.find("timed out"), std::string::npos);
}

}  // namespace posthouse::sim
