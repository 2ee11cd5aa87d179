// What happens to clients before the greeting.
#include "receive/postscreen/screening_rig_test.hpp"

namespace posthouse::receive::postscreen {

using rig::Client;
using rig::milliseconds;
using rig::seconds;

class EarlyTests : public rig::PostscreenRow {};

constexpr std::string_view teaser = "220-mx.example.net ESMTP\r\n";
constexpr std::string_view greeting = "220 mx.example.net ESMTP\r\n";

TEST_F(EarlyTests, a_client_that_waits_gets_a_session_on_the_same_connection) {
    configure("");
    Client client;
    connect(client);
    EXPECT_EQ(client.news(), teaser);
    clock.advance(milliseconds(5900));
    EXPECT_EQ(client.news(), "");
    clock.advance(milliseconds(200));
    EXPECT_EQ(client.news(), greeting);
    client.say("EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(rig.intake.committed.size(), 1U);
    EXPECT_TRUE(client.dismissed);
    EXPECT_EQ(logged("CONNECT from [192.0.2.1]:1025 to [198.51.100.1]:25"), 1U);
    EXPECT_EQ(logged("PASS NEW [192.0.2.1]:1025"), 1U);
    EXPECT_EQ(logged("DISCONNECT"), 0U);
}

TEST_F(EarlyTests, a_client_that_passed_need_not_wait_again_until_the_result_ends) {
    configure("");
    pass("192.0.2.1");
    Client again;
    connect(again);
    EXPECT_EQ(again.news(), greeting);
    EXPECT_EQ(logged("PASS OLD [192.0.2.1]:1025"), 1U);
    again.say("QUIT\r\n");
    clock.advance(std::chrono::days(1));
    Client tomorrow;
    connect(tomorrow);
    EXPECT_EQ(tomorrow.news(), teaser);
    clock.advance(seconds(7));
    EXPECT_EQ(tomorrow.news(), greeting);
    EXPECT_EQ(logged("PASS OLD [192.0.2.1]:1025"), 2U);
    EXPECT_EQ(logged("PASS NEW"), 1U);
}

TEST_F(EarlyTests, without_a_cache_every_visit_is_the_first) {
    cache = nullptr;
    configure("");
    pass("192.0.2.1");
    pass("192.0.2.1");
    EXPECT_EQ(logged("PASS NEW"), 2U);
}

TEST_F(EarlyTests, who_speaks_too_early_and_is_ignored_is_heard_by_the_session_and_not_remembered) {
    configure("");
    Client client;
    connect(client);
    clock.advance(milliseconds(1500));
    client.say("EHLO c.example\r\n");
    EXPECT_NE(client.news().find("220 mx.example.net ESMTP\r\n250-mx.example.net"), std::string::npos);
    EXPECT_EQ(logged("PREGREET 16 after 1.5 from [192.0.2.1]:1025: EHLO c.example\\r\\n"), 1U);
    EXPECT_EQ(logged("PASS "), 0U);
    EXPECT_EQ(cache->size(), 0U);
    client.say("QUIT\r\n");
}

TEST_F(EarlyTests, who_speaks_too_early_is_refused_at_rcpt_and_hears_no_second_greeting) {
    configure("postscreen_greet_action = enforce\n");
    Client client;
    connect(client);
    client.say("EHLO c.example\r\n");
    const std::string heard = client.news();
    EXPECT_EQ(heard.find("220 "), std::string::npos);
    EXPECT_EQ(heard.substr(teaser.size(), 22), "250-mx.example.net\r\n25");
    EXPECT_EQ(heard.find("PIPELINING"), std::string::npos);
    client.say("MAIL FROM:<a@example.org>\r\n");
    EXPECT_EQ(client.news(), "250 2.1.0 Ok\r\n");
    client.say("RCPT TO:<b@example.net>\r\n");
    EXPECT_EQ(client.news(), "550 5.5.1 Protocol error\r\n");
    client.say("QUIT\r\n");
    EXPECT_EQ(client.news(), "221 2.0.0 Bye\r\n");
    EXPECT_TRUE(client.dismissed);
    EXPECT_EQ(logged("NOQUEUE: reject: RCPT from [192.0.2.1]:1025: 550 5.5.1 Protocol error; from=<a@example.org>, to=<b@example.net>, proto=ESMTP, helo=<c.example>"), 1U);
    EXPECT_EQ(logged("DISCONNECT [192.0.2.1]:1025"), 1U);
    EXPECT_EQ(cache->size(), 0U);
}

TEST_F(EarlyTests, who_speaks_too_early_can_be_dropped_at_once) {
    configure("postscreen_greet_action = drop\n");
    Client client;
    connect(client);
    client.say("EHLO c.example\r\n");
    EXPECT_EQ(client.news(), std::string(teaser) + "521 5.5.1 Protocol error\r\n");
    EXPECT_TRUE(client.dismissed);
}

TEST_F(EarlyTests, soft_bounce_tells_the_dropped_to_come_back) {
    configure("postscreen_greet_action = drop\nsoft_bounce = yes\n");
    Client client;
    connect(client);
    client.say("EHLO c.example\r\n");
    EXPECT_EQ(client.news(), std::string(teaser) + "421 4.5.1 Protocol error\r\n");
}

TEST_F(EarlyTests, who_hangs_up_while_it_waits_is_logged_and_not_remembered) {
    configure("");
    Client client;
    connect(client);
    clock.advance(seconds(2));
    client.hang_up();
    EXPECT_EQ(logged("HANGUP after 2 from [192.0.2.1]:1025 in tests before SMTP handshake"), 1U);
    EXPECT_EQ(logged("DISCONNECT [192.0.2.1]:1025"), 1U);
    EXPECT_EQ(client.news(), teaser);
    EXPECT_EQ(cache->size(), 0U);
}

TEST_F(EarlyTests, an_empty_banner_is_no_test) {
    configure("postscreen_greet_banner =\n");
    Client client;
    connect(client);
    EXPECT_EQ(client.news(), greeting);
    EXPECT_EQ(logged("PASS"), 0U);
    client.say("QUIT\r\n");
}

TEST_F(EarlyTests, lists_that_add_up_to_the_threshold_refuse_and_name_the_heaviest) {
    configure("postscreen_dnsbl_sites = a.example, b.example=127.0.0.[2..4]*2 c.example*-1\npostscreen_dnsbl_threshold = 3\npostscreen_dnsbl_action = enforce\n");
    resolver.list("1.2.0.192.a.example", "127.0.0.2", 300);
    resolver.list("1.2.0.192.b.example", "127.0.0.3", 300);
    Client client;
    connect(client);
    EXPECT_EQ(client.news(), teaser);
    clock.advance(seconds(7));
    EXPECT_EQ(client.news(), greeting);
    EXPECT_EQ(logged("addr 192.0.2.1 listed by domain b.example as 127.0.0.3"), 1U);
    EXPECT_EQ(logged("DNSBL rank 3 for [192.0.2.1]:1025"), 1U);
    client.say("HELO c.example\r\n");
    client.say("MAIL FROM:<a@example.org>\r\n");
    client.say("RCPT TO:<b@example.net>\r\n");
    EXPECT_NE(client.news().find("550 5.7.1 Service unavailable; client [192.0.2.1] blocked using b.example\r\n"), std::string::npos);
    client.say("QUIT\r\n");
}

TEST_F(EarlyTests, a_listed_client_can_be_dropped_when_the_greeting_is_due) {
    configure("postscreen_dnsbl_sites = a.example\npostscreen_dnsbl_action = drop\n");
    resolver.list("1.2.0.192.a.example", "127.0.0.2", 300);
    Client client;
    connect(client);
    clock.advance(seconds(7));
    EXPECT_EQ(client.news(), std::string(teaser) + "521 5.7.1 Service unavailable; client [192.0.2.1] blocked using a.example\r\n");
    EXPECT_TRUE(client.dismissed);
}

TEST_F(EarlyTests, a_name_that_holds_a_password_is_replaced_and_not_told_when_the_table_is_away) {
    const std::string lists = "postscreen_dnsbl_sites = secret.a.example\npostscreen_dnsbl_action = drop\n";
    resolver.list("1.2.0.192.secret.a.example", "127.0.0.2", 300);
    configure(lists + "postscreen_dnsbl_reply_map = inline:{secret.a.example=a.example}\n");
    Client client;
    connect(client);
    clock.advance(seconds(7));
    EXPECT_NE(client.news().find("blocked using a.example\r\n"), std::string::npos);
    configure(lists + "postscreen_dnsbl_reply_map = nosuchtype:x\n");
    Client other;
    connect(other);
    clock.advance(seconds(7));
    EXPECT_NE(other.news().find("blocked using a DNS list\r\n"), std::string::npos);
}

TEST_F(EarlyTests, a_listed_client_that_is_ignored_passes_but_is_asked_about_again) {
    configure("postscreen_dnsbl_sites = a.example\n");
    resolver.list("1.2.0.192.a.example", "127.0.0.2", 300);
    pass("192.0.2.1");
    EXPECT_EQ(logged("DNSBL rank 1 for"), 1U);
    EXPECT_EQ(logged("PASS"), 0U);  // not all tests
    Client again;
    connect(again);
    EXPECT_EQ(again.news(), greeting);  // it waited last time; the list answers at once
    EXPECT_EQ(logged("DNSBL rank 1 for"), 2U);
    again.say("QUIT\r\n");
}

TEST_F(EarlyTests, what_the_lists_have_not_said_when_the_greeting_is_due_does_not_count) {
    configure("postscreen_dnsbl_sites = a.example b.example\npostscreen_dnsbl_threshold = 2\npostscreen_dnsbl_action = drop\n");
    resolver.list("1.2.0.192.a.example", "127.0.0.2", 300);
    resolver.list("1.2.0.192.b.example", "127.0.0.2", 300);
    resolver.delay["1.2.0.192.b.example"] = seconds(8);
    Client client;
    connect(client);
    clock.advance(seconds(7));
    EXPECT_EQ(client.news(), std::string(teaser) + std::string(greeting));
    client.say("QUIT\r\n");
}

TEST_F(EarlyTests, a_list_that_does_not_answer_in_time_is_told_to_the_operator) {
    configure("postscreen_dnsbl_sites = a.example\npostscreen_dnsbl_timeout = 3s\n");
    resolver.delay["1.2.0.192.a.example"] = seconds(60);
    pass("192.0.2.1");
    EXPECT_EQ(logged("dnsblog reply timeout 3s for a.example"), 1U);
}

TEST_F(EarlyTests, a_client_whose_waiting_counts_still_goes_on_as_soon_as_the_lists_have_answered) {
    configure("postscreen_dnsbl_sites = a.example\npostscreen_dnsbl_max_ttl = 2m\n");
    pass("192.0.2.1");
    clock.advance(seconds(200));  // the answer of the list has ended
    resolver.delay["1.2.0.192.a.example"] = seconds(1);
    Client again;
    connect(again);
    EXPECT_EQ(again.news(), "");
    clock.advance(milliseconds(1100));
    EXPECT_EQ(again.news(), greeting);
    EXPECT_EQ(logged("PASS OLD"), 1U);
    again.say("QUIT\r\n");
}

TEST_F(EarlyTests, good_lists_spare_a_client_the_wait_and_every_other_test) {
    configure("postscreen_dnsbl_sites = good.example*-2 bad.example\npostscreen_dnsbl_allowlist_threshold = -1\npostscreen_pipelining_enable = yes\n");
    resolver.list("1.2.0.192.good.example", "127.0.0.2", 600);
    resolver.delay["1.2.0.192.good.example"] = milliseconds(300);
    Client client;
    connect(client);
    clock.advance(milliseconds(400));
    EXPECT_EQ(client.news(), std::string(teaser) + std::string(greeting));
    EXPECT_EQ(logged("PASS NEW"), 1U);
    client.say("QUIT\r\n");
    EXPECT_TRUE(client.dismissed);
}

TEST_F(EarlyTests, good_lists_do_not_help_who_has_already_spoken) {
    configure("postscreen_dnsbl_sites = good.example*-2\npostscreen_dnsbl_allowlist_threshold = -1\npostscreen_greet_action = enforce\n");
    resolver.list("1.2.0.192.good.example", "127.0.0.2", 600);
    resolver.delay["1.2.0.192.good.example"] = seconds(2);
    Client client;
    connect(client);
    client.say("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.net>\r\nQUIT\r\n");
    clock.advance(seconds(3));
    EXPECT_NE(client.news().find("550 5.5.1 Protocol error"), std::string::npos);
    EXPECT_EQ(cache->size(), 0U);
}

TEST_F(EarlyTests, a_server_that_stops_tells_those_who_wait) {
    configure("");
    Client client;
    connect(client);
    tasks.cancel();
    EXPECT_EQ(client.news(), std::string(teaser) + "421 4.3.2 Service currently unavailable\r\n");
    EXPECT_TRUE(client.dismissed);
}

}  // namespace posthouse::receive::postscreen
