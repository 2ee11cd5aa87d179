#include "deliver/smtp/agent.hpp"

#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"
#include "tables/fake_files.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

bool contains(const std::vector<std::string>& lines, std::string_view wanted) {
    return std::find(lines.begin(), lines.end(), wanted) != lines.end();
}

}  // namespace

TEST(smtp_agent, delivers_through_a_relay_and_says_who_took_it) {
    World w;
    auto& up = w.server("127.0.0.1:2525");
    w.settings.smtp_helo_name = "mta.example.test";
    const auto out = w.deliver(request("[127.0.0.1]:2525", {"x@example.net"}));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].kind, Kind::delivered);
    EXPECT_EQ(out[0].status, "2.0.0");
    EXPECT_EQ(out[0].text, "250 2.0.0 Ok: queued");
    EXPECT_EQ(out[0].relay, "127.0.0.1[127.0.0.1]:2525");
    EXPECT_EQ(out[0].remote_mta, "127.0.0.1");
    ASSERT_EQ(up.messages.size(), 1U);
    EXPECT_EQ(up.messages[0].mail, "MAIL FROM:<a@example.org>");
    EXPECT_EQ(up.messages[0].rcpts, std::vector<std::string>{"RCPT TO:<x@example.net> ORCPT=rfc822;x@example.net"});
    EXPECT_EQ(up.messages[0].data, "Subject: t\r\n\r\nx\r\n..y\r\n");
    EXPECT_EQ(up.commands.front(), "EHLO mta.example.test");
    EXPECT_EQ(up.commands.back(), "QUIT");
}

TEST(smtp_agent, each_recipient_has_its_own_reply) {
    for (const bool pipelining : {true, false}) {
        World w;
        auto& up = w.server("127.0.0.1:25");
        up.offers = pipelining ? std::vector<std::string>{"PIPELINING"} : std::vector<std::string>{};
        up.replies["RCPT TO:<gone"] = "550 5.1.1 no such user here";
        up.replies["RCPT TO:<multi"] = "552-5.2.2 mailbox\\n552 5.2.2 full";
        up.replies["RCPT TO:<busy"] = "451 busy";
        const auto out = w.deliver(request("[127.0.0.1]", {"gone@x", "multi@x", "fine@x", "busy@x"}));
        EXPECT_EQ(out[0].text,
                  "host 127.0.0.1[127.0.0.1] said: 550 5.1.1 no such user here (in reply to RCPT TO command)");
        EXPECT_EQ(out[0].kind, Kind::bounced);
        EXPECT_EQ(out[1].text,
                  "host 127.0.0.1[127.0.0.1] said: 552-5.2.2 mailbox 552 5.2.2 full (in reply to RCPT TO command)");
        EXPECT_EQ(out[2].kind, Kind::delivered);
        EXPECT_EQ(out[3].kind, Kind::deferred);
        EXPECT_EQ(out[3].status, "4.0.0");
        ASSERT_EQ(up.messages.size(), 1U);
        EXPECT_EQ(up.messages[0].rcpts.size(), 1U);
    }
}

TEST(smtp_agent, no_accepted_recipient_means_no_message) {
    for (const bool pipelining : {true, false}) {
        for (const bool eager : {true, false}) {
            World w;
            auto& up = w.server("127.0.0.1:25");
            up.offers = pipelining ? std::vector<std::string>{"PIPELINING"} : std::vector<std::string>{};
            up.replies["RCPT"] = "550 5.1.1 no";
            if (eager) {
                up.replies["DATA"] = "354 go on";
            }
            const auto out = w.deliver(request("[127.0.0.1]", {"x@x", "y@x"}));
            EXPECT_EQ(out[0].kind, Kind::bounced);
            EXPECT_EQ(out[1].kind, Kind::bounced);
            EXPECT_TRUE(up.messages.empty());
            EXPECT_EQ(up.commands.back(), "QUIT");
            EXPECT_EQ(contains(up.commands, "DATA"), pipelining);
        }
    }
}

TEST(smtp_agent, tries_the_next_host_after_a_refused_connection_and_after_4xx) {
    World w;
    w.resolver.mx("example.net", 10, "dead.example");
    w.resolver.mx("example.net", 20, "busy.example");
    w.resolver.mx("example.net", 30, "live.example");
    w.resolver.a("dead.example", "127.0.0.7");
    w.resolver.a("busy.example", "127.0.0.8");
    w.resolver.a("live.example", "127.0.0.9");
    w.server("127.0.0.8:25").replies["RCPT TO:<grey"] = "450 4.2.0 greylisted";
    auto& live = w.server("127.0.0.9:25");
    const auto out = w.deliver(request("example.net", {"plain@example.net", "grey@example.net"}));
    EXPECT_EQ(out[0].relay, "busy.example[127.0.0.8]:25");
    EXPECT_EQ(out[1].relay, "live.example[127.0.0.9]:25");
    EXPECT_EQ(out[1].kind, Kind::delivered);
    ASSERT_EQ(live.messages.size(), 1U);
    EXPECT_EQ(live.messages[0].rcpts.size(), 1U);
}

TEST(smtp_agent, respects_the_limits_of_addresses_and_sessions) {
    World w;
    for (int i = 1; i <= 8; ++i) {
        w.resolver.mx("example.net", 10, "h" + std::to_string(i));
        w.resolver.a("h" + std::to_string(i), "127.0.0." + std::to_string(i));
    }
    EXPECT_EQ(w.deliver(request("example.net", {"x@example.net"}))[0].status, "4.4.1");
    EXPECT_EQ(w.network.connects, 5);
    for (int i = 1; i <= 8; ++i) {
        w.server("127.0.0." + std::to_string(i) + ":25").replies["MAIL"] = "450 4.3.2 not today";
    }
    w.network.connects = 0;
    EXPECT_EQ(w.deliver(request("example.net", {"x@example.net"}))[0].status, "4.3.2");
    EXPECT_EQ(w.network.connects, 2);
}

TEST(smtp_agent, unreachable_and_unknown_destinations) {
    World w;
    w.resolver.a("relay.example", "127.0.0.4");
    auto out = w.deliver(request("[relay.example]:2525", {"x@direct.example"}));
    EXPECT_EQ(out[0].text, "connect to relay.example[127.0.0.4]:2525: Connection refused");
    EXPECT_EQ(out[0].status, "4.4.1");
    EXPECT_EQ(out[0].relay, "none");
    EXPECT_TRUE(out[0].connection_failed);
    out = w.deliver(request("nowhere.example", {"x@nowhere.example"}));
    EXPECT_EQ(out[0].kind, Kind::bounced);
    EXPECT_EQ(out[0].status, "5.4.4");
    EXPECT_EQ(w.deliver(request("bad:port:", {"x@x"}))[0].kind, Kind::deferred);
    EXPECT_EQ(w.deliver(request("", {"x@x"}))[0].kind, Kind::deferred);
}

TEST(smtp_agent, a_slip_in_relayhost_bounces_nobodys_mail) {
    World w;
    w.settings.relayhost = "[typo.example]";
    const auto out = w.deliver(request("[typo.example]", {"x@example.net"}));
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(out[0].status, "4.3.5");
    EXPECT_TRUE(contains(w.sink.lines, "relayhost configuration problem"));
}

TEST(smtp_agent, falls_back_after_failures_but_not_after_a_permanent_no) {
    World w;
    w.settings.smtp_fallback_relay = {"[127.0.0.9]:26"};
    auto& fallback = w.server("127.0.0.9:26");
    w.server("127.0.0.2:25").replies["CONNECT"] = "421 4.3.2 too busy";
    w.server("127.0.0.3:25").replies["RCPT"] = "550 5.1.1 no such user";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].relay, "127.0.0.9[127.0.0.9]:26");
    EXPECT_EQ(w.deliver(request("[127.0.0.2]", {"x@x"}))[0].relay, "127.0.0.9[127.0.0.9]:26");
    EXPECT_EQ(w.deliver(request("nowhere.example", {"x@x"}))[0].relay, "127.0.0.9[127.0.0.9]:26");
    EXPECT_EQ(w.deliver(request("[127.0.0.3]", {"x@x"}))[0].kind, Kind::bounced);
    EXPECT_EQ(fallback.messages.size(), 3U);
}

TEST(smtp_agent, smtputf8_and_size_are_judged_before_anything_is_sent) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"PIPELINING", "SIZE 1000"};
    auto wanted = request("[127.0.0.1]", {"x@x"});
    auto envelope = *wanted.envelope;
    envelope.smtputf8 = true;
    envelope.reverse_path = mail::ReversePath("j\xc3\xbcrgen@example.org");
    wanted.envelope = std::make_shared<const mail::Envelope>(envelope);
    auto out = w.deliver(wanted);
    EXPECT_EQ(out[0].status, "5.6.7");
    EXPECT_EQ(out[0].text, "SMTPUTF8 is required, but was not offered by host 127.0.0.1[127.0.0.1]");
    EXPECT_EQ(out[0].relay, "127.0.0.1[127.0.0.1]:25");
    envelope.smtputf8 = false;
    envelope.size = {1001};
    wanted.envelope = std::make_shared<const mail::Envelope>(envelope);
    out = w.deliver(wanted);
    EXPECT_EQ(out[0].status, "5.3.4");
    EXPECT_FALSE(contains(up.commands, "DATA"));
}

TEST(smtp_agent, smtputf8_is_demanded_for_those_who_are_delivered_to_here) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    auto wanted = request("[127.0.0.1]", {"anna@x", "\xc3\xbc@x"});
    auto envelope = *wanted.envelope;
    envelope.smtputf8 = true;
    wanted.envelope = std::make_shared<const mail::Envelope>(envelope);
    auto here = wanted;
    here.recipients = {0};
    here.addresses = {"anna@x"};
    EXPECT_EQ(w.deliver(here)[0].kind, Kind::delivered);
    here.recipients = {1};
    here.addresses = {"\xc3\xbc@x"};
    EXPECT_EQ(w.deliver(here)[0].status, "5.6.7");
    here.addresses = {"ue@x"};  // whom an alias stands for
    EXPECT_EQ(w.deliver(here)[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.size(), 2U);
}

TEST(smtp_agent, a_message_that_cannot_be_read_is_never_half_sent) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    auto wanted = request("[127.0.0.1]", {"x@x"});
    wanted.content = std::make_shared<fake::Source>(std::vector<std::string>{"Subject: t\r\n\r\n", "?"});
    const auto out = w.deliver(wanted);
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_TRUE(up.messages.empty());
    EXPECT_NE(up.commands.back(), "QUIT");
}

TEST(smtp_agent, a_big_message_leaves_in_pieces_and_arrives_whole) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    auto wanted = request("[127.0.0.1]", {"x@x"});
    std::string block;
    for (int i = 0; i < 1000; ++i) {
        block += "0123456789012345678901234567890123456789\r\n";
    }
    wanted.content = std::make_shared<fake::Source>(std::vector<std::string>(20, block));
    EXPECT_EQ(w.deliver(wanted)[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.at(0).data.size(), 20 * block.size());
}

TEST(smtp_agent, many_recipients_are_pipelined_in_bounded_flights) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    std::vector<std::string> recipients;
    for (int i = 0; i < 1000; ++i) {
        recipients.push_back("recipient" + std::to_string(i) + "@example.net");
    }
    const auto out = w.deliver(request("[127.0.0.1]", recipients));
    EXPECT_EQ(std::count_if(out.begin(), out.end(), [](const auto& o) { return o.kind == Kind::delivered; }), 1000);
    EXPECT_EQ(up.messages.size(), 1U);
}

TEST(smtp_agent, a_busy_destination_keeps_its_connection) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    }
    EXPECT_EQ(up.connections, 2);  // the first did not know yet
    w.clock.steady += std::chrono::seconds(301);
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(up.connections, 3);
    EXPECT_EQ(up.messages.size(), 6U);
    World off;
    off.settings.smtp_connection_cache_on_demand = false;
    off.server("127.0.0.1:25");
    for (int i = 0; i < 5; ++i) {
        off.deliver(request("[127.0.0.1]", {"x@x"}));
    }
    EXPECT_EQ(off.server("127.0.0.1:25").connections, 5);
}

TEST(smtp_agent, what_was_delivered_is_told_even_if_the_rest_is_cancelled) {
    World w;
    w.resolver.mx("example.net", 10, "one");
    w.resolver.mx("example.net", 20, "two");
    w.resolver.a("one", "127.0.0.1");
    w.resolver.a("two", "127.0.0.2");
    w.server("127.0.0.1:25").replies["RCPT TO:<grey"] = "450 4.2.0 later";
    w.server("127.0.0.2:25").replies["EHLO"] = "STALL";
    EXPECT_TRUE(w.deliver(request("example.net", {"x@example.net", "grey@example.net"})).empty());
    const auto& out = w.results;
    w.group.cancel();
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].kind, Kind::delivered);
    EXPECT_EQ(out[1].kind, Kind::deferred);
    EXPECT_EQ(out[1].status, "4.2.0");
}

TEST(smtp_agent, never_two_deliveries_and_never_none_whatever_call_fails) {
    using enum base::ErrorKind;
    for (const base::ErrorKind kind : {closed, timeout, reset, invalid}) {
        for (const bool pipelining : {true, false}) {
            for (int step = 0;; ++step) {
                World w;
                w.resolver.mx("example.net", 10, "one");
                w.resolver.mx("example.net", 20, "two");
                w.resolver.a("one", "127.0.0.1");
                w.resolver.a("two", "127.0.0.2");
                w.settings.tls.smtp_tls_security_level = TlsLevel::may;
                for (const std::string endpoint : {"127.0.0.1:25", "127.0.0.2:25"}) {
                    w.server(endpoint).offers = {"STARTTLS", "DSN"};
                    if (pipelining) {
                        w.server(endpoint).offers.push_back("PIPELINING");
                    }
                    w.server(endpoint).replies["RCPT TO:<gone"] = "550 5.1.1 no";
                }
                w.faults.fail_at = step;
                w.faults.kind = kind;
                const auto out = w.deliver(request("example.net", {"gone@example.net", "x@example.net"}));
                ASSERT_EQ(out.size(), 2U);
                EXPECT_NE(out[0].kind, Kind::delivered);
                const std::size_t taken =
                    w.server("127.0.0.1:25").messages.size() + w.server("127.0.0.2:25").messages.size();
                EXPECT_LE(taken, 1U) << "step " << step;
                if (out[1].kind == Kind::delivered) {
                    EXPECT_EQ(taken, 1U) << "step " << step;
                }
                EXPECT_NE(out[1].kind, Kind::bounced) << "step " << step << ": " << out[1].text;
                if (w.faults.calls <= step) {
                    break;  // every call has failed once
                }
                ASSERT_LT(step, 200);
            }
        }
    }
}

TEST(smtp_agent, a_server_that_vanishes_after_the_dot_is_not_replaced_by_another) {
    World w;
    w.resolver.mx("example.net", 10, "one");
    w.resolver.mx("example.net", 20, "two");
    w.resolver.a("one", "127.0.0.1");
    w.resolver.a("two", "127.0.0.2");
    w.server("127.0.0.1:25").replies["EOD"] = "";
    auto& two = w.server("127.0.0.2:25");
    const auto out = w.deliver(request("example.net", {"x@example.net"}));
    EXPECT_EQ(out[0].text,
              "lost connection with one[127.0.0.1] while sending end of data -- message may be sent more than once");
    EXPECT_EQ(out[0].status, "4.4.2");
    EXPECT_EQ(two.connections, 0);
}

TEST(smtp_agent, a_bind_address_that_is_not_ours_counts_only_if_enforced) {
    World w;
    w.network.foreign_address = w.settings.smtp_bind_address = base::IpAddress::parse("192.0.2.7");
    w.server("127.0.0.1:25");
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(w.sink.lines, std::vector<std::string>{"bind 192.0.2.7: Cannot assign requested address"});
    World strict;
    strict.network.foreign_address = strict.settings.smtp_bind_address = base::IpAddress::parse("192.0.2.7");
    strict.settings.smtp_bind_address_enforce = true;
    strict.server("127.0.0.1:25");
    EXPECT_EQ(strict.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::deferred);
    EXPECT_EQ(strict.network.connects, 1);
}

TEST(smtp_agent, many_addresses_of_one_family_do_not_crowd_out_the_other) {
    World w;
    w.settings.mx.host.inet_protocols = dns::InetProtocols::all;
    w.settings.mx.smtp_randomize_addresses = dns::Randomize::no;
    w.settings.mx.smtp_address_preference = dns::AddressPreference::ipv4;
    w.settings.smtp_mx_address_limit = 3;
    w.settings.smtp_mx_session_limit = 0;
    for (int i = 1; i <= 5; ++i) {
        w.resolver.a("mx.example.net", "127.0.1." + std::to_string(i));
    }
    w.resolver.a("mx.example.net", "::1");
    auto& six = w.server("[::1]:25");
    EXPECT_EQ(w.deliver(request("[mx.example.net]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(six.messages.size(), 1U);
    EXPECT_EQ(w.network.connects, 3);
}

}  // namespace posthouse::deliver
