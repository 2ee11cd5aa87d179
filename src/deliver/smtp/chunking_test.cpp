// BDAT out: one flight for a small message, and what each way to refuse it comes to.
#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

fake::Server& chunking_server(World& w, std::string_view endpoint = "127.0.0.1:25") {
    auto& server = w.server(endpoint);
    server.offers = {"PIPELINING", "CHUNKING", "DSN"};
    return server;
}

int count(const fake::Server& server, std::string_view start) {
    return static_cast<int>(std::count_if(server.commands.begin(), server.commands.end(),
                                          [&](const std::string& line) { return line.starts_with(start); }));
}

}  // namespace

TEST(chunking, a_small_message_goes_in_one_flight_without_dots_doubled) {
    World w;
    auto& up = chunking_server(w);
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x", "y@x"}));
    EXPECT_EQ(out[0].kind, Kind::delivered);
    EXPECT_EQ(out[1].text, "250 2.0.0 Ok: queued");
    ASSERT_EQ(up.messages.size(), 1U);
    EXPECT_EQ(up.messages[0].data, "Subject: t\r\n\r\nx\r\n.y\r\n");
    EXPECT_EQ(count(up, "BDAT 21 LAST"), 1);
    EXPECT_EQ(up.turns, 3);  // EHLO, the message, QUIT
}

TEST(chunking, without_pipelining_only_the_wait_for_354_is_saved) {
    World w;
    auto& up = chunking_server(w);
    up.offers = {"CHUNKING"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(up.turns, 5);
    up.replies["RCPT"] = "550 5.1.1 no";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::bounced);
    EXPECT_EQ(count(up, "BDAT"), 1);
}

TEST(chunking, content_without_a_line_end_and_with_long_lines_is_repaired_as_ever) {
    World w;
    auto& up = chunking_server(w);
    w.settings.smtp_line_length_limit = 10;
    auto wanted = request("[127.0.0.1]", {"x@x"});
    wanted.content = std::make_shared<fake::Source>(std::vector<std::string>{"a: b\r\n\r\n12345", "678901\n\r\nend"});
    EXPECT_EQ(w.deliver(wanted)[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.at(0).data, "a: b\r\n\r\n1234567890\r\n 1\r\n\r\nend\r\n");
}

TEST(chunking, it_is_left_alone_if_told_so) {
    for (const bool by_keyword : {true, false}) {
        World w;
        auto& up = chunking_server(w);
        if (by_keyword) {
            w.settings.smtp_discard_ehlo_keywords.add(smtp::EhloKeyword::chunking);
        } else {
            w.settings.smtp_bdat = false;
        }
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
        EXPECT_EQ(count(up, "BDAT"), 0);
        EXPECT_EQ(count(up, "DATA"), 1);
    }
}

TEST(chunking, a_big_message_goes_with_data_whatever_its_size_was_said_to_be) {
    for (const std::size_t said : {std::size_t{0}, std::size_t{840000}}) {
        World w;
        auto& up = chunking_server(w);
        auto wanted = request("[127.0.0.1]", {"x@x"});
        auto envelope = *wanted.envelope;
        envelope.size = {said};
        wanted.envelope = std::make_shared<const mail::Envelope>(envelope);
        std::string block;
        for (int i = 0; i < 1000; ++i) {
            block += ".123456789012345678901234567890123456789\r\n";
        }
        wanted.content = std::make_shared<fake::Source>(std::vector<std::string>(20, block));
        EXPECT_EQ(w.deliver(wanted)[0].kind, Kind::delivered);
        EXPECT_EQ(up.messages.at(0).data.size(), 20 * (block.size() + 1000));
        EXPECT_EQ(count(up, "BDAT"), 0);
    }
}

TEST(chunking, each_recipient_has_its_own_reply) {
    World w;
    auto& up = chunking_server(w);
    up.replies["RCPT TO:<gone"] = "550 5.1.1 no such user here";
    const auto out = w.deliver(request("[127.0.0.1]", {"gone@x", "fine@x"}));
    EXPECT_EQ(out[0].text, "host 127.0.0.1[127.0.0.1] said: 550 5.1.1 no such user here (in reply to RCPT TO command)");
    EXPECT_EQ(out[1].kind, Kind::delivered);
    EXPECT_EQ(up.messages.at(0).rcpts.size(), 1U);
}

TEST(chunking, with_nobody_to_deliver_to_the_refusal_of_the_chunk_is_no_news) {
    for (const std::string bdat : {"554 5.5.1 Error: no valid recipients", "503 5.5.1 need RCPT", "502 5.5.1 what", "250 2.0.0 fine, for nobody"}) {
        for (const std::string_view refused : {"MAIL", "RCPT"}) {
            World w;
            auto& up = chunking_server(w);
            up.replies[std::string(refused)] = "450 4.2.0 greylisted";
            up.replies["BDAT"] = bdat;
            const auto out = w.deliver(request("[127.0.0.1]", {"x@x", "y@x"}));
            EXPECT_EQ(out[0].status, "4.2.0") << bdat;
            EXPECT_EQ(out[1].status, "4.2.0") << bdat;
            EXPECT_EQ(up.connections, 1);
            EXPECT_EQ(up.commands.back(), "QUIT");
        }
    }
}

TEST(chunking, a_refusal_of_the_content_is_final) {
    World w;
    auto& up = chunking_server(w);
    up.replies["BDAT"] = "554 5.7.1 spam";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::bounced);
    EXPECT_EQ(out[0].text, "host 127.0.0.1[127.0.0.1] said: 554 5.7.1 spam (in reply to BDAT command)");
    EXPECT_EQ(up.connections, 1);
}

TEST(chunking, a_server_that_does_not_know_what_it_offers_gets_data_on_a_new_connection_and_from_then_on) {
    World w;
    auto& up = chunking_server(w);
    up.understands_bdat = false;
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(count(up, "BDAT"), 1);
    EXPECT_EQ(up.connections, 2);
    EXPECT_EQ(count(up, "QUIT"), 1);  // not a byte more on the first
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(count(up, "BDAT"), 1);
    EXPECT_EQ(up.connections, 3);
    EXPECT_EQ(up.messages.size(), 2U);
}

TEST(chunking, a_server_that_vanishes_with_the_message_is_not_replaced_by_another) {
    World w;
    w.resolver.mx("example.net", 10, "one");
    w.resolver.mx("example.net", 20, "two");
    w.resolver.a("one", "127.0.0.1");
    w.resolver.a("two", "127.0.0.2");
    chunking_server(w).replies["BDAT"] = "";
    auto& two = w.server("127.0.0.2:25");
    const auto out = w.deliver(request("example.net", {"x@example.net"}));
    EXPECT_EQ(out[0].text,
              "lost connection with one[127.0.0.1] while sending end of data -- message may be sent more than once");
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(two.connections, 0);
}

TEST(chunking, a_kept_connection_that_died_costs_nothing) {
    for (const bool seen : {true, false}) {
        World w;
        auto& up = chunking_server(w);
        up.closing_is_seen = seen;
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        ++up.epoch;
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
        EXPECT_EQ(up.connections, 3);
        EXPECT_EQ(up.messages.size(), 3U);
    }
}

TEST(chunking, a_message_that_cannot_be_read_is_never_half_sent) {
    World w;
    auto& up = chunking_server(w);
    auto wanted = request("[127.0.0.1]", {"x@x"});
    wanted.content = std::make_shared<fake::Source>(std::vector<std::string>{"Subject: t\r\n\r\n", "?"});
    EXPECT_EQ(w.deliver(wanted)[0].kind, Kind::deferred);
    EXPECT_EQ(count(up, "MAIL"), 0);
    EXPECT_TRUE(up.messages.empty());
}

TEST(chunking, never_two_deliveries_and_never_none_whatever_call_fails) {
    using enum base::ErrorKind;
    for (const base::ErrorKind kind : {closed, timeout, reset, invalid}) {
        for (const bool pipelining : {true, false}) {
            for (int step = 0;; ++step) {
                World w;
                w.resolver.mx("example.net", 10, "one");
                w.resolver.mx("example.net", 20, "two");
                w.resolver.a("one", "127.0.0.1");
                w.resolver.a("two", "127.0.0.2");
                for (const std::string endpoint : {"127.0.0.1:25", "127.0.0.2:25"}) {
                    chunking_server(w, endpoint).replies["RCPT TO:<gone"] = "550 5.1.1 no";
                    if (!pipelining) {
                        w.server(endpoint).offers = {"CHUNKING"};
                    }
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

}  // namespace posthouse::deliver
