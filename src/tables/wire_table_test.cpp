#include <gtest/gtest.h>

#include "tables/fake_outside.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

using End = FakeScript::End;

class WireTables : public ::testing::Test {
protected:
    std::shared_ptr<const Table> open(const std::string& spec) { return open_table(spec, {.files = files_, .outside = outside_.surroundings()}); }
    static std::string ask(const std::shared_ptr<const Table>& table, std::string key) {
        const Lookup answer = run_now(table->find(std::move(key)));
        return answer.is_found() ? answer.value : answer.is_absent() ? "absent" : "? " + answer.reason;
    }
    /// The answer of a server that says this.
    std::string answer(const std::string& spec, std::deque<std::string> says, End end = End::closes) {
        outside_.network.scripts = {{says, end}};
        return ask(open(spec), "key");
    }
    FakeFiles files_;
    FakeOutside outside_;
};

const std::string socketmap = "socketmap:inet:127.0.0.1:7777:virtual";
const std::string tcp = "tcp:127.0.0.1:7777";

TEST_F(WireTables, socketmap_asks_in_netstrings_and_reads_them) {
    EXPECT_EQ(answer(socketmap, {"11:OK a b@c.de,"}), "a b@c.de");
    EXPECT_EQ(outside_.network.heard, "11:virtual key,");
    EXPECT_EQ(answer(socketmap, {"1", "0:OK a b@c.d", ","}), "a b@c.d");
    EXPECT_EQ(answer(socketmap, {"9:NOTFOUND ,"}), "absent");
    EXPECT_EQ(answer(socketmap, {"3:OK ,"}), "");
    EXPECT_EQ(outside_.network.connected_to.back(), "127.0.0.1:7777");
}

TEST_F(WireTables, socketmap_errors_are_no_answer) {
    EXPECT_EQ(answer(socketmap, {"9:TEMP down,"}), "? socketmap virtual server error: TEMP down");
    EXPECT_EQ(answer(socketmap, {"12:TIMEOUT slow,"}), "? socketmap virtual server error: TIMEOUT slow");
    EXPECT_EQ(answer(socketmap, {"7:PERM no,"}), "? socketmap virtual server error: PERM no");
    EXPECT_EQ(answer(socketmap, {"3:Eh?,"}), "? socketmap virtual server: unexpected reply: Eh?");
    EXPECT_EQ(answer(socketmap, {"junk\n"}), "? " + socketmap + ": 127.0.0.1:7777: the reply is no netstring: junk?");
    EXPECT_EQ(answer(socketmap, {"4:OK ab"}), "? " + socketmap + ": 127.0.0.1:7777: the reply is no netstring: 4:OK ab");
    EXPECT_EQ(answer(socketmap, {"999999:"}), "? " + socketmap + ": 127.0.0.1:7777: a reply of 999999 bytes is too long");
    EXPECT_EQ(answer(socketmap, {"1234567"}), "? " + socketmap + ": 127.0.0.1:7777: the reply is no netstring: 1234567");
}

TEST_F(WireTables, tcp_quotes_what_is_no_plain_character) {
    EXPECT_EQ(answer(tcp, {"200 a%20b%25", "\r\n"}), "a b%");
    EXPECT_EQ(outside_.network.heard, "get key\n");
    outside_.network.heard.clear();
    outside_.network.scripts = {{{"500 no\n"}, End::closes}};
    EXPECT_EQ(ask(open(tcp), "a b%\n\xc3"), "absent");
    EXPECT_EQ(outside_.network.heard, "get a%20b%25%0A%C3\n");
}

TEST_F(WireTables, tcp_errors_are_no_answer) {
    EXPECT_EQ(answer(tcp, {"400 later\n"}), "? tcp table: server error: 400 later");
    EXPECT_EQ(answer(tcp, {"250 ok\n"}), "? tcp table: server error: 250 ok");
    EXPECT_EQ(answer(tcp, {"200 a%2\n"}), "? tcp table: malformed reply: 200 a%2");
    EXPECT_EQ(answer(tcp, {"hello\n"}), "? tcp table: malformed reply: hello");
    EXPECT_EQ(answer(tcp, {std::string(5000, 'x')}), "? " + tcp + ": 127.0.0.1:7777: the reply is longer than 4096 bytes");
}

TEST_F(WireTables, a_connection_is_used_again_until_it_is_old) {
    outside_.network.scripts = {{{"500 \n", "200 b\n", "200 c\n"}, End::stays_silent}, {{"200 d\n"}, End::stays_silent}};
    const auto table = open(tcp);
    EXPECT_EQ(ask(table, "a"), "absent");
    EXPECT_EQ(ask(table, "b"), "b");
    EXPECT_EQ(outside_.network.connected_to.size(), 1U);
    outside_.clock.time += std::chrono::seconds(11);
    EXPECT_EQ(ask(table, "d"), "d");
    EXPECT_EQ(outside_.network.connected_to.size(), 2U);
}

TEST_F(WireTables, a_server_that_went_away_is_asked_once_more) {
    outside_.network.scripts = {{{}, End::closes}, {{"200 again\n"}, End::closes}};
    EXPECT_EQ(ask(open(tcp), "a"), "again");
    EXPECT_EQ(outside_.network.heard, "get a\nget a\n");
    outside_.network.scripts = {{{"200 ha"}, End::closes}, {{"200 lf"}, End::closes}, {{"200 never\n"}, End::closes}};
    EXPECT_EQ(ask(open(tcp), "a"), "? " + tcp + ": read from 127.0.0.1:7777: connection closed");
}

TEST_F(WireTables, a_server_that_is_not_there_or_stalls_is_no_answer) {
    EXPECT_EQ(ask(open(tcp), "a"), "? " + tcp + ": connect to 127.0.0.1:7777: Connection refused");
    EXPECT_EQ(answer(tcp, {"200 ha"}, End::stays_silent), "? " + tcp + ": read from 127.0.0.1:7777: timed out");
    EXPECT_EQ(ask(open("tcp:nobody.example:7777"), "a"), "? tcp:nobody.example:7777: connect to nobody.example:7777: name server does not answer");
}

TEST_F(WireTables, more_than_one_reply_costs_the_connection) {
    outside_.network.scripts = {{{"200 one\n200 two\n"}, End::stays_silent}, {{"200 three\n"}, End::stays_silent}};
    const auto table = open(tcp);
    EXPECT_EQ(ask(table, "a"), "one");
    EXPECT_EQ(ask(table, "b"), "three");
}

TEST_F(WireTables, a_name_is_tried_at_all_its_addresses) {
    outside_.resolver.names["db"] = {*base::IpAddress::parse("127.0.0.2"), *base::IpAddress::parse("::1")};
    EXPECT_EQ(ask(open("tcp:db:7777"), "a").substr(0, 1), "?");
    EXPECT_EQ(outside_.network.connected_to, (std::vector<std::string>{"127.0.0.2:7777", "[::1]:7777"}));
    outside_.network.scripts = {{{"9:NOTFOUND ,"}, End::closes}};
    EXPECT_EQ(ask(open("socketmap:unix:private/map:x"), "a"), "absent");
    EXPECT_EQ(outside_.network.connected_to.back(), "/queue/private/map");
}

TEST_F(WireTables, only_whole_keys_are_asked) {
    EXPECT_TRUE(open(tcp)->is_pattern());
    EXPECT_TRUE(open(socketmap)->is_pattern());
}

TEST_F(WireTables, what_is_no_address_is_said_at_once) {
    for (const char* spec : {"tcp:127.0.0.1", "tcp:127.0.0.1:0", "tcp::25", "tcp:host:smtp", "socketmap:inet:h:1", "socketmap:x:y:z", "socketmap:inet:h:1:", "socketmap:unix::m"}) {
        EXPECT_NE(open_error(*open(spec)), std::nullopt) << spec;
        EXPECT_EQ(ask(open(spec), "a").substr(0, 1), "?") << spec;
    }
    EXPECT_NE(open_error(*open_table(tcp, {.files = files_})), std::nullopt);
    EXPECT_EQ(open_error(*open(tcp)), std::nullopt);
    EXPECT_TRUE(outside_.network.connected_to.empty());
}

const std::string memcache = "memcache:/m.cf";

TEST_F(WireTables, memcache_gets_what_was_set) {
    files_.put("/m.cf", "memcache = inet:127.0.0.1:11211\nkey_format = mail:%s\nresult_format = x\n");
    EXPECT_EQ(answer(memcache, {"VALUE mail:key 0 5\r\na b\r\n\r\nEND", "\r\n"}), "a b\r\n");
    EXPECT_EQ(outside_.network.heard, "get mail:key\r\n");
    EXPECT_EQ(answer(memcache, {"END\r\n"}), "absent");
    outside_.network.connected_to.clear();
    EXPECT_EQ(ask(open(memcache), "with space"), "absent");
    EXPECT_EQ(ask(open(memcache), std::string(250, 'k')), "absent");
    EXPECT_TRUE(outside_.network.connected_to.empty());
}

TEST_F(WireTables, memcache_errors_are_no_answer) {
    files_.put("/m.cf", "memcache = unix:/run/m\ndata_size_limit = 10\nline_size_limit=50\n");
    const std::string at = "? memcache:/m.cf: /run/m: ";
    EXPECT_EQ(answer(memcache, {"SERVER_ERROR out of memory\r\n"}), at + "unexpected reply: SERVER_ERROR out of memory");
    EXPECT_EQ(answer(memcache, {"VALUE key 0 11\r\n"}), at + "a value of 11 bytes is over data_size_limit");
    EXPECT_EQ(answer(memcache, {"VALUE key 0 1\r\nabcdefgh"}), at + "the value does not end where it says");
    EXPECT_EQ(answer(memcache, {std::string(60, 'x')}), at + "the reply's line is longer than line_size_limit");
}

TEST_F(WireTables, memcache_is_tried_again_after_a_pause) {
    files_.put("/m.cf", "memcache = unix:/run/m\nmax_try = 3\n");
    EXPECT_EQ(ask(open(memcache), "key"), "? memcache:/m.cf: connect to /run/m: Connection refused");
    EXPECT_EQ(outside_.network.connected_to.size(), 3U);
    outside_.network.scripts = {{{}, End::closes}, {{"VALUE key 0 1\r\na\r\nEND\r\n"}, End::closes}};
    EXPECT_EQ(ask(open(memcache), "key"), "a");
    outside_.network.connected_to.clear();
    files_.put("/m.cf", "memcache = unix:/run/m\nmax_try = 3\nretry_pause = 0\n");
    EXPECT_EQ(ask(open(memcache), "key"), "? memcache:/m.cf: connect to /run/m: Connection refused");
    EXPECT_EQ(outside_.network.connected_to.size(), 1U);
}

TEST_F(WireTables, what_memcache_does_not_know_the_backup_does) {
    files_.put("/m.cf", "memcache = inet:127.0.0.1:11211\nbackup = inline:{key=value}\nttl = 60\nflags = 7\n");
    EXPECT_EQ(answer(memcache, {"END\r\n", "STORED\r\n"}), "value");
    EXPECT_EQ(outside_.network.heard, "get key\r\nset key 7 60 5\r\nvalue\r\n");
    outside_.network.scripts.clear();
    EXPECT_EQ(ask(open(memcache), "key"), "value");  // the server is down
    EXPECT_EQ(ask(open(memcache), "none"), "absent");
    files_.put("/m.cf", "memcache = inet:127.0.0.1:11211\nbackup = fail:\n");
    EXPECT_EQ(answer(memcache, {"END\r\n"}).substr(0, 1), "?");
}

TEST_F(WireTables, a_backup_that_is_the_table_itself_is_refused) {
    files_.put("/m.cf", "backup = memcache:/m.cf\n");
    EXPECT_NE(open_error(*open(memcache)), std::nullopt);
    files_.put("/m.cf", "max_try = 0\n");
    EXPECT_EQ(open_error(*open(memcache)), "/m.cf: bad numerical configuration: max_try = 0");
}

}  // namespace
}  // namespace posthouse::tables
