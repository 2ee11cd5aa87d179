// Before any test: the access list, how many there is room for, and what earlier visits showed.
#include "receive/postscreen/screening_rig_test.hpp"

namespace posthouse::receive::postscreen {

using rig::Client;
using rig::seconds;

class Gate : public rig::PostscreenRow {};

constexpr std::string_view teaser = "220-mx.example.net ESMTP\r\n";
constexpr std::string_view greeting = "220 mx.example.net ESMTP\r\n";

TEST_F(Gate, a_permitted_client_is_not_tested) {
    configure("");
    Client client;
    client.address = "10.1.2.3";
    connect(client);
    EXPECT_EQ(client.news(), greeting);
    EXPECT_EQ(logged("ALLOWLISTED [10.1.2.3]:1025"), 1U);
    EXPECT_EQ(cache->size(), 0U);
}

TEST_F(Gate, the_log_can_keep_the_words_of_old) {
    configure("respectful_logging = no\npostscreen_access_list = permit_mynetworks reject\n");
    Client mine;
    mine.address = "10.1.2.3";
    connect(mine);
    EXPECT_EQ(logged("WHITELISTED [10.1.2.3]:1025"), 1U);
    Client other;
    connect(other);
    EXPECT_EQ(logged("BLACKLISTED [192.0.2.1]:1025"), 1U);
    configure("respectful_logging = no\npostscreen_allowlist_interfaces = !198.51.100.1 static:all\n");
    Client third;
    third.address = "192.0.2.3";
    connect(third);
    EXPECT_EQ(logged("WHITELIST VETO [192.0.2.3]:1025"), 1U);
}

TEST_F(Gate, a_rejected_client_is_dropped_refused_or_ignored) {
    const std::string list = "postscreen_access_list = inline:{192.0.2.1=reject}\n";
    configure(list + "postscreen_denylist_action = drop\n");
    Client dropped;
    connect(dropped);
    EXPECT_EQ(dropped.news(), "521 5.3.2 Service currently unavailable\r\n");
    EXPECT_EQ(logged("DENYLISTED [192.0.2.1]:1025"), 1U);
    EXPECT_EQ(logged("DISCONNECT [192.0.2.1]:1025"), 1U);
    configure(list + "postscreen_blacklist_action = enforce\n");  // the name of old
    Client refused;
    connect(refused);
    clock.advance(seconds(7));
    EXPECT_EQ(refused.news(), std::string(teaser) + std::string(greeting));
    refused.say("EHLO c.example\r\n");
    refused.say("MAIL FROM:<a@example.org>\r\n");
    refused.news();
    refused.say("RCPT TO:<b@example.net>\r\n");
    EXPECT_EQ(refused.news(), "550 5.3.2 Service currently unavailable\r\n");
    refused.say("QUIT\r\n");
    EXPECT_EQ(cache->size(), 0U);
    configure(list);
    Client ignored;
    connect(ignored);
    clock.advance(seconds(7));
    EXPECT_EQ(ignored.news(), std::string(teaser) + std::string(greeting));
    EXPECT_EQ(logged("PASS NEW"), 1U);
}

TEST_F(Gate, the_new_name_of_a_parameter_wins_over_the_old_one) {
    configure("postscreen_access_list = reject\npostscreen_blacklist_action = ignore\npostscreen_denylist_action = drop\n");
    Client client;
    connect(client);
    EXPECT_EQ(client.news().substr(0, 3), "521");
}

TEST_F(Gate, a_table_says_dunno_and_the_list_goes_on_behind_it) {
    configure("postscreen_access_list = inline:{192.0.2.1=dunno} reject\npostscreen_denylist_action = drop\n");
    Client client;
    connect(client);
    EXPECT_EQ(client.news().substr(0, 3), "521");
    configure("postscreen_access_list = dunno reject\npostscreen_denylist_action = drop\n");
    Client other;
    connect(other);
    EXPECT_EQ(other.news(), teaser);
}

TEST_F(Gate, a_list_in_a_table_may_ask_for_mynetworks) {
    configure("postscreen_access_list = inline:{{10.1.2.3 = PERMIT_MYNETWORKS, reject}, {192.0.2.1 = permit_mynetworks reject}}\npostscreen_denylist_action = drop\n");
    Client mine;
    mine.address = "10.1.2.3";
    connect(mine);
    EXPECT_EQ(mine.news(), greeting);
    mine.say("QUIT\r\n");
    Client other;
    connect(other);
    EXPECT_EQ(other.news().substr(0, 3), "521");
}

TEST_F(Gate, what_cannot_be_looked_up_ends_the_list_with_tests_and_a_warning) {
    configure("postscreen_access_list = nosuchtype:x reject\npostscreen_denylist_action = drop\n");
    Client client;
    connect(client);
    EXPECT_EQ(client.news(), teaser);
    EXPECT_EQ(logged("lookup error"), 1U);
    EXPECT_EQ(logged("ignoring the remainder of this access list"), 1U);
}

TEST_F(Gate, a_word_that_is_none_ends_the_list) {
    configure("postscreen_access_list = nonsense reject\npostscreen_denylist_action = drop\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("unknown command: nonsense"), std::string::npos);
    Client client;
    connect(client);
    EXPECT_EQ(client.news(), teaser);
}

TEST_F(Gate, too_many_connections_of_one_client_are_refused) {
    configure("postscreen_client_connection_count_limit = 2\n");
    Client one;
    Client two;
    Client three;
    Client other;
    other.address = "192.0.2.2";
    connect(one);
    connect(two);
    connect(three);
    connect(other);
    EXPECT_EQ(three.news(), "421 4.7.0 Error: too many connections\r\n");
    EXPECT_EQ(logged("NOQUEUE: reject: CONNECT from [192.0.2.1]:1025: too many connections"), 1U);
    EXPECT_EQ(other.news(), teaser);
    EXPECT_EQ(two.news(), teaser);
}

TEST_F(Gate, when_the_screen_is_full_only_clients_that_are_known_come_through) {
    configure("postscreen_pre_queue_limit = 10\n");
    pass("192.0.2.99");
    std::deque<Client> waiting(9);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        waiting[i].address = "192.0.2." + std::to_string(i + 1);
        connect(waiting[i]);
        EXPECT_EQ(waiting[i].news(), teaser);
    }
    Client late;
    late.address = "192.0.2.50";
    connect(late);
    EXPECT_EQ(late.news(), "421 4.3.2 All screening ports are busy\r\n");
    EXPECT_EQ(logged("reject: connect from [192.0.2.50]:1025: all screening ports busy"), 1U);
    Client known;
    known.address = "192.0.2.99";
    connect(known);
    EXPECT_EQ(known.news(), greeting);
}

TEST_F(Gate, nine_tenths_of_the_screen_are_stress_and_shorten_the_wait) {
    configure("postscreen_pre_queue_limit = 10\n");
    std::deque<Client> waiting(9);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        waiting[i].address = "192.0.2." + std::to_string(i + 1);
        connect(waiting[i]);
    }
    EXPECT_EQ(logged("entering STRESS mode with 9 connections"), 1U);
    clock.advance(rig::milliseconds(2100));
    EXPECT_EQ(waiting[7].news(), teaser);  // came before
    EXPECT_EQ(waiting[8].news(), std::string(teaser) + std::string(greeting));
    EXPECT_EQ(logged("leaving STRESS mode"), 0U);
    waiting[0].hang_up();
    EXPECT_EQ(logged("leaving STRESS mode with 7 connections"), 1U);  // the ninth is at its session by now
}

TEST_F(Gate, who_passed_waits_for_a_session_and_too_many_of_them_keep_others_out) {
    configure("postscreen_post_queue_limit = 5\n");
    Client served;
    served.address = "10.0.0.1";
    connect(served);
    EXPECT_EQ(served.news(), greeting);  // the only place
    std::deque<Client> waiting(5);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        waiting[i].address = "10.0.0." + std::to_string(i + 2);
        connect(waiting[i]);
        EXPECT_EQ(waiting[i].news(), "");
    }
    Client late;
    connect(late);
    EXPECT_EQ(late.news(), "421 4.3.2 All server ports are busy\r\n");
    EXPECT_EQ(logged("NOQUEUE: reject: CONNECT from [192.0.2.1]:1025: all server ports busy"), 1U);
    served.say("QUIT\r\n");
    EXPECT_EQ(waiting[0].news(), greeting);
    Client next;
    next.address = "192.0.2.2";
    connect(next);
    EXPECT_EQ(next.news(), teaser);
}

TEST_F(Gate, who_waits_for_a_session_is_told_when_the_server_stops) {
    configure("");
    Client served;
    served.address = "10.0.0.1";
    connect(served);
    Client waiting;
    waiting.address = "10.0.0.2";
    connect(waiting);
    tasks.cancel();
    EXPECT_EQ(waiting.news(), "421 4.3.2 mx.example.net Service shutting down\r\n");
    EXPECT_TRUE(waiting.dismissed);
}

TEST_F(Gate, who_connects_to_a_backup_address_only_is_never_known) {
    configure("postscreen_whitelist_interfaces = !198.51.100.1, static:all\n");  // the name of old
    Client client;
    connect(client);
    EXPECT_EQ(logged("ALLOWLIST VETO [192.0.2.1]:1025"), 1U);
    clock.advance(seconds(7));
    EXPECT_EQ(client.news(), std::string(teaser) + std::string(greeting));
    client.say("EHLO c.example\r\n");
    client.say("MAIL FROM:<a@example.org>\r\n");
    client.news();
    client.say("RCPT TO:<b@example.net>\r\n");
    EXPECT_EQ(client.news(), "450 4.3.2 Service currently unavailable\r\n");
    client.say("QUIT\r\n");
    EXPECT_EQ(cache->size(), 0U);
    client.left = true;
    Client primary;
    primary.to = "198.51.100.2";
    connect(primary);
    clock.advance(seconds(7));
    EXPECT_EQ(logged("PASS NEW"), 1U);
}

TEST_F(Gate, connections_of_one_client_at_the_same_time_are_new_once) {
    configure("");
    Client one;
    Client two;
    connect(one);
    clock.advance(seconds(1));
    connect(two);
    EXPECT_EQ(two.news(), teaser);
    clock.advance(rig::milliseconds(5100));
    one.say("QUIT\r\n");
    clock.advance(seconds(2));
    EXPECT_EQ(logged("PASS NEW"), 1U);
    EXPECT_EQ(logged("PASS OLD"), 1U);
}

}  // namespace posthouse::receive::postscreen
