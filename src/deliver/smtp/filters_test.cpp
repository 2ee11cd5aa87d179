// Tables that change what a server or a name server said, and what is done about it.
#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"
#include "deliver/status_filter.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

bool logged(const World& w, std::string_view wanted) {
    return std::find(w.sink.lines.begin(), w.sink.lines.end(), wanted) != w.sink.lines.end();
}

mail::Outcome filtered(std::map<std::string, std::string> table, mail::Outcome outcome) {
    struct Agent final : mail::DeliveryAgent {
        explicit Agent(mail::Outcome what) : outcome(std::move(what)) {}
        world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest) override {
            std::vector<mail::Outcome> out(1, outcome);
            co_return out;
        }
        world::Task<void> stop() override { co_return; }
        mail::Outcome outcome;
    };
    fake::Sink sink;
    StatusFilter filter(std::make_shared<Agent>(std::move(outcome)), fake::maps(std::move(table)), sink, "smtp");
    std::vector<mail::Outcome> out;
    struct Run {
        static world::Task<void> run(StatusFilter& agent, std::vector<mail::Outcome>& into) {
            mail::DeliveryRequest request;
            into = co_await agent.deliver(std::move(request));
        }
    };
    world::TaskGroup group;
    group.spawn(Run::run(filter, out));
    return out.at(0);
}

// Delivers when it is cancelled at the last moment, as SmtpAgent may.
class LateAgent final : public mail::DeliveryAgent {
public:
    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest) override {
        try {
            co_await stopped_.wait();
        } catch (const world::Cancelled&) {
        }
        std::vector<mail::Outcome> out(1, mail::Outcome::delivered("2.0.0", "Ok"));
        co_return out;
    }
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest) override {
        std::vector<mail::Outcome> out(1, mail::Outcome::bounced("5.1.1", "no such user"));
        co_return out;
    }
    world::Task<void> stop() override { co_return; }

private:
    world::Signal stopped_;
};

// Has to wait for its answer, as databases do.
class SlowTable final : public tables::Table {
public:
    world::Task<tables::Lookup> find(std::string) const override {
        co_await world::cancellation_point();
        co_return tables::Lookup::found("4.7.1 not yet");
    }
    [[nodiscard]] std::string name() const override { return "slow"; }
};

struct LateDelivery {
    fake::Sink sink;
    StatusFilter filter{std::make_shared<LateAgent>(), tables::MapList({std::make_shared<SlowTable>()}), sink, "smtp"};
    std::vector<mail::Outcome> outcomes;

    static world::Task<void> deliver(LateDelivery& self) {
        mail::DeliveryRequest one;
        self.outcomes = co_await self.filter.deliver(std::move(one));
    }
    static world::Task<void> verify(LateDelivery& self) {
        mail::DeliveryRequest one;
        self.outcomes = co_await self.filter.verify(std::move(one));
    }
};

}  // namespace

TEST(status_filter, a_delivery_is_known_although_the_server_stops_before_the_table_has_answered) {
    LateDelivery late;
    world::TaskGroup group;
    group.spawn(LateDelivery::deliver(late));
    group.cancel();
    ASSERT_EQ(late.outcomes.size(), 1U) << "or it is delivered again";
    EXPECT_EQ(late.outcomes[0].kind, Kind::delivered);
}

TEST(status_filter, questions_pass_it_too) {
    LateDelivery late;
    world::TaskGroup group;
    group.spawn(LateDelivery::verify(late));
    ASSERT_EQ(late.outcomes.size(), 1U);
    EXPECT_EQ(late.outcomes[0].kind, Kind::deferred);
    EXPECT_EQ(late.outcomes[0].text, "not yet") << late.outcomes[0].text;
}

TEST(reply_filter, a_line_is_replaced_before_it_is_understood) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.replies["RCPT"] = "550 5.7.1 greylisted";
    w.replies["550 5.7.1 greylisted"] = "450 4.7.1 greylisted";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(out[0].text, "host 127.0.0.1[127.0.0.1] said: 450 4.7.1 greylisted (in reply to RCPT TO command)");
}

TEST(reply_filter, without_an_answer_of_the_table_mail_waits) {
    World w;
    w.server("127.0.0.1:25");
    w.replies["250 2.0.0 Ok: queued"] = "?";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(out[0].text, "local data error while talking to 127.0.0.1[127.0.0.1]");
}

TEST(discarded_keywords, the_servers_address_says_which_instead_of_main_cf) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"PIPELINING", "DSN"};
    w.settings.smtp_discard_ehlo_keywords.add(smtp::EhloKeyword::pipelining);
    w.discarded["127.0.0.1"] = "dsn, nonsense";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.at(0).rcpts.at(0), "RCPT TO:<x@x>");
    EXPECT_EQ(up.turns, 3);  // PIPELINING is used: EHLO, the envelope, the content with QUIT
    EXPECT_TRUE(logged(w, "discarding EHLO keywords: DSN"));
}

TEST(discarded_keywords, nothing_is_said_if_told_so_and_nothing_sent_without_an_answer) {
    World w;
    w.server("127.0.0.1:25");
    w.discarded["127.0.0.1"] = "dsn silent-discard";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_TRUE(w.sink.lines.empty());
    World broken;
    auto& up = broken.server("127.0.0.1:25");
    broken.discarded["127.0.0.1"] = "?";
    EXPECT_EQ(broken.deliver(request("[127.0.0.1]", {"x@x"}))[0].text, "local data error while talking to 127.0.0.1[127.0.0.1]");
    EXPECT_EQ(up.commands, std::vector<std::string>{"QUIT"});
}

TEST(dns_reply_filter, records_that_are_ignored_are_not_there) {
    World w;
    w.resolver.mx("example.net", 10, "one.example");
    w.resolver.mx("example.net", 20, "two.example");
    w.resolver.a("one.example", "127.0.0.1");
    w.resolver.a("two.example", "127.0.0.2");
    w.records["example.net. 0 IN MX 10 one.example."] = "ignore";
    auto& one = w.server("127.0.0.1:25");
    auto& two = w.server("127.0.0.2:25");
    EXPECT_EQ(w.deliver(request("example.net", {"x@example.net"}))[0].kind, Kind::delivered);
    EXPECT_EQ(one.connections, 0);
    EXPECT_EQ(two.connections, 1);
    EXPECT_TRUE(logged(w, "ignoring DNS RR: example.net. 0 IN MX 10 one.example."));
}

TEST(dns_reply_filter, mail_waits_if_nothing_is_left_or_nothing_known) {
    for (const std::string_view action : {"IGNORE", "?", "REJECT"}) {
        World w;
        w.resolver.a("one.example", "127.0.0.1");
        w.records["one.example. 0 IN A 127.0.0.1"] = action;
        auto& one = w.server("127.0.0.1:25");
        const auto out = w.deliver(request("[one.example]", {"x@example.net"}));
        EXPECT_EQ(out[0].kind, Kind::deferred) << action;
        EXPECT_EQ(one.connections, 0);
    }
}

TEST(record_text, is_what_the_manual_says) {
    world::DnsRecord record;
    record.address = *base::IpAddress::parse("2001:db8::1");
    EXPECT_EQ(record_text("mx.example", 300, world::RecordType::aaaa, record), "mx.example. 300 IN AAAA 2001:db8::1");
    EXPECT_EQ(record_text("mx.example", 300, world::RecordType::txt, record), "");
}

TEST(status_filter, replaces_code_and_text_and_may_turn_a_bounce_into_a_deferral) {
    auto out = filtered({{"5.7.1 host x said: no", "4.7.1 not yet"}}, mail::Outcome::bounced("5.7.1", "host x said: no"));
    EXPECT_EQ(out.kind, Kind::deferred);
    EXPECT_EQ(out.status, "4.7.1");
    EXPECT_EQ(out.text, "not yet");
    out = filtered({{"4.4.1 connect to x: Connection refused", "5.4.1 gone"}}, mail::Outcome::deferred("4.4.1", "connect to x: Connection refused"));
    EXPECT_EQ(out.kind, Kind::bounced);
    out = filtered({{"2.0.0 250 Ok", "2.1.5 250 fine"}}, mail::Outcome::delivered("2.0.0", "250 Ok"));
    EXPECT_EQ(out.text, "250 fine");
    out = filtered({}, mail::Outcome::bounced("5.7.1", "no"));
    EXPECT_EQ(out.text, "no");
}

TEST(status_filter, a_success_stays_one_and_a_failure_stays_one) {
    EXPECT_EQ(filtered({{"2.0.0 250 Ok", "5.0.0 no"}}, mail::Outcome::delivered("2.0.0", "250 Ok")).status, "2.0.0");
    EXPECT_EQ(filtered({{"5.0.0 no", "2.0.0 yes"}}, mail::Outcome::bounced("5.0.0", "no")).kind, Kind::bounced);
    EXPECT_EQ(filtered({{"5.0.0 no", "never"}}, mail::Outcome::bounced("5.0.0", "no")).text, "no");
}

TEST(status_filter, without_an_answer_nothing_bounces_and_nothing_is_delivered_twice) {
    EXPECT_EQ(filtered({{"5.0.0 no", "?"}}, mail::Outcome::bounced("5.0.0", "no")).kind, Kind::deferred);
    EXPECT_EQ(filtered({{"2.0.0 Ok", "?"}}, mail::Outcome::delivered("2.0.0", "Ok")).kind, Kind::delivered);
}

TEST(server_name, the_name_behind_an_alias_counts_if_wanted) {
    for (const auto wanted : {dns::ServerName::as_asked, dns::ServerName::canonical}) {
        World w;
        w.settings.mx.smtp_cname_overrides_servername = wanted;
        world::DnsAnswer answer;
        answer.state = world::DnsAnswer::State::found;
        answer.canonical_name = "real.example";
        answer.records.resize(1);
        answer.records[0].address = *base::IpAddress::parse("127.0.0.1");
        w.resolver.answers[{"alias.example", world::RecordType::a}] = answer;
        w.server("127.0.0.1:25");
        const auto out = w.deliver(request("[alias.example]", {"x@x"}));
        EXPECT_EQ(out[0].relay, wanted == dns::ServerName::canonical ? "real.example[127.0.0.1]:25" : "alias.example[127.0.0.1]:25");
    }
}

TEST(next_host, a_backup_host_waits_for_the_better_ones_and_asks_no_fallback_that_would_send_its_mail_back) {
    World w;
    w.settings.smtp_fallback_relay = {"[127.0.0.9]:26"};
    w.settings.mx.own_addresses = {*base::IpAddress::parse("127.0.0.2")};
    auto& fallback = w.server("127.0.0.9:26");
    w.resolver.mx("x.example", 10, "primary.example");
    w.resolver.mx("x.example", 20, "us.example");
    w.resolver.a("primary.example", "127.0.0.1");
    w.resolver.a("us.example", "127.0.0.2");
    w.server("127.0.0.1:25").replies["CONNECT"] = "421 4.3.2 too busy";
    EXPECT_EQ(w.deliver(request("x.example", {"a@x.example"}))[0].kind, Kind::deferred);
    w.resolver.mx("y.example", 10, "gone.example");
    w.resolver.mx("y.example", 20, "us.example");
    EXPECT_EQ(w.deliver(request("y.example", {"a@y.example"}))[0].status, "4.4.4");
    EXPECT_EQ(fallback.connections, 0);
    w.settings.mx.smtp_defer_if_no_mx_address_found = true;
    w.resolver.mx("z.example", 10, "gone.example");
    EXPECT_EQ(w.deliver(request("z.example", {"a@z.example"}))[0].kind, Kind::delivered) << "we are no host of that one";
}

TEST(next_host, what_the_last_one_said_is_logged_before_another_is_tried) {
    World w;
    w.resolver.mx("example.net", 10, "one.example");
    w.resolver.mx("example.net", 20, "two.example");
    w.resolver.mx("example.net", 30, "three.example");
    w.resolver.a("one.example", "127.0.0.1");
    w.resolver.a("two.example", "127.0.0.2");
    w.resolver.a("three.example", "127.0.0.3");
    w.server("127.0.0.1:25").replies["CONNECT"] = "421 4.3.2 too busy";
    w.server("127.0.0.2:25").replies["RCPT"] = "450 4.2.0 greylisted";
    w.server("127.0.0.3:25").replies["MAIL"] = "451 4.3.0 not now";
    const auto out = w.deliver(request("example.net", {"x@example.net", "y@example.net"}));
    EXPECT_EQ(out[0].status, "4.3.0");
    EXPECT_EQ(w.sink.lines, (std::vector<std::string>{
                                "host one.example[127.0.0.1] refused to talk to me: 421 4.3.2 too busy",
                                "host two.example[127.0.0.2] said: 450 4.2.0 greylisted (in reply to RCPT TO command)",
                            }));
}

}  // namespace posthouse::deliver
