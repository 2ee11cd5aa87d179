#include "dns/client_name.hpp"

#include <gtest/gtest.h>

#include "dns/scripted_resolver_test.hpp"
#include "world/task_group.hpp"

namespace posthouse::dns {
namespace {

using world::DnsAnswer;
using world::RecordType;

world::Task<void> store(world::Task<ClientName> task, ClientName& into) {
    into = co_await std::move(task);
}

ClientName name_of(ScriptedResolver& resolver, std::string_view address) {
    ClientName out;
    world::TaskGroup group;
    group.spawn(
        store(lookup_client_name(resolver, base::IpAddress::parse(address).value(), world::Deadline::never()), out));
    return out;
}

}  // namespace

TEST(client_name, believes_a_name_that_leads_back) {
    ScriptedResolver resolver;
    resolver.ptr("127.0.0.5", "mail.example");
    resolver.a("mail.example", "127.0.0.4");
    resolver.a("mail.example", "127.0.0.5");
    const auto name = name_of(resolver, "127.0.0.5");
    EXPECT_EQ(name.name, "mail.example");
    EXPECT_EQ(name.state, ClientName::State::verified);
    EXPECT_EQ(name.warning, "");
}

TEST(client_name, hosts_file_comes_first) {
    ScriptedResolver resolver;
    resolver.hosts["localhost"] = {base::IpAddress::parse("127.0.0.1").value()};
    EXPECT_EQ(name_of(resolver, "127.0.0.1").name, "localhost");
    EXPECT_EQ(resolver.questions, 0);
}

TEST(client_name, a_forged_name_is_unknown_and_told) {
    ScriptedResolver resolver;
    resolver.ptr("127.0.0.5", "trusted.example");
    resolver.a("trusted.example", "127.0.0.1");
    const auto name = name_of(resolver, "127.0.0.5");
    EXPECT_EQ(name.name, "unknown");
    EXPECT_EQ(name.state, ClientName::State::unknown_permanent);
    EXPECT_EQ(name.reverse_name, "trusted.example");
    EXPECT_EQ(name.warning, "hostname trusted.example does not resolve to address 127.0.0.5");
}

TEST(client_name, no_answer_is_temporary) {
    ScriptedResolver resolver;
    resolver.fail("5.0.0.127.in-addr.arpa", RecordType::ptr, DnsAnswer::State::unknown);
    EXPECT_EQ(name_of(resolver, "127.0.0.5").state, ClientName::State::unknown_temporary);
    EXPECT_EQ(name_of(resolver, "127.0.0.6").state, ClientName::State::unknown_permanent);
    resolver.ptr("127.0.0.7", "slow.example");
    resolver.fail("slow.example", RecordType::a, DnsAnswer::State::unknown);
    EXPECT_EQ(name_of(resolver, "127.0.0.7").state, ClientName::State::unknown_temporary);
}

TEST(client_name, refuses_a_name_that_could_break_headers_or_look_like_an_address) {
    for (const std::string name :
         {"a b.example", "x\r\nHeader: y", "127.0.0.1", "", "a..b", ".a", "-a", "(c)", "a;b"}) {
        ScriptedResolver resolver;
        resolver.ptr("127.0.0.5", name);
        resolver.a(name, "127.0.0.5");
        EXPECT_EQ(name_of(resolver, "127.0.0.5").name, "unknown") << name;
        EXPECT_EQ(name_of(resolver, "127.0.0.5").reverse_name, "unknown") << name;
    }
}

}  // namespace posthouse::dns
