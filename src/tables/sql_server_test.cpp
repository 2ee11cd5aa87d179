#include "tables/sql_server.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"

namespace posthouse::tables {
namespace {

// What the servers do, by name: values, "lost", "bad query"; a host without an entry refuses connections.
struct Servers {
    std::map<std::string, std::vector<std::string>> say;
    std::vector<std::string> log;
};

class FakeConnection final : public SqlConnection {
public:
    FakeConnection(Servers& servers, std::string host) : servers_(servers), host_(std::move(host)) {}
    std::string quote(std::string_view part) override { return '<' + std::string(part) + '>'; }
    base::Result<void> query(const std::string& sql, const Add& add) override {
        servers_.log.push_back(host_ + ": " + sql);
        for (const std::string& value : servers_.say[host_]) {
            if (value == "lost") {
                servers_.say[host_] = {"again"};
                return base::fail(base::ErrorKind::closed, "server has gone away");
            }
            if (value == "bad query") {
                return base::fail(base::ErrorKind::io, "syntax error");
            }
            if (!add(value)) {
                break;
            }
        }
        return {};
    }

private:
    Servers& servers_;
    std::string host_;
};

class SqlServer : public ::testing::Test {
protected:
    std::unique_ptr<SqlServerClient> client(const std::string& hosts, const std::string& settings = "query = Q %s\n") {
        const auto config = TableConfig::parse(settings, "/t.cf", {.files = files_}).value();
        const auto rules = read_sql_rules({"mysql:/t.cf", "mysql", "/t.cf"}, config, {.files = files_}).value();
        const auto connect = [this](const SqlHost& host) -> base::Result<std::unique_ptr<SqlConnection>> {
            servers_.log.push_back("connect " + host.text());
            if (!servers_.say.contains(host.text())) {
                return base::fail(base::ErrorKind::refused, "refused");
            }
            return std::make_unique<FakeConnection>(servers_, host.text());
        };
        return std::make_unique<SqlServerClient>(rules, std::make_shared<SqlHosts>(parse_sql_hosts(hosts, {}).value(), SqlIntervals::from(config).value()), connect);
    }
    std::string ask(SqlServerClient& client, const std::string& key = "k") {
        const Lookup answer = client.look_up(key, now_);
        return answer.is_found() ? answer.value : answer.is_absent() ? "absent" : "? " + answer.reason;
    }
    FakeFiles files_;
    Servers servers_;
    world::SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(SqlServer, hosts_are_read_as_in_mysql_table) {
    const Surroundings outside{.ports = [](std::string_view name) { return name == "mysql" ? std::optional<std::uint16_t>(3306) : std::nullopt; }};
    const auto hosts = parse_sql_hosts("a, b:1 inet:c:mysql unix:/s /run [::1]:3 postgresql://u:p@h/db?x=y", outside).value();
    std::string all;
    for (const SqlHost& host : hosts) {
        all += host.text() + ' ';
    }
    EXPECT_EQ(all, "a b:1 c:3306 /s /run ::1:3 postgresql://h/db ");
    EXPECT_EQ(parse_sql_hosts("", {}).value().front().host, "localhost");
    EXPECT_FALSE(parse_sql_hosts("a:mysql", {}).has_value());
    EXPECT_FALSE(parse_sql_hosts("a:x", outside).has_value());
    EXPECT_FALSE(parse_sql_hosts("a:0", outside).has_value());
    EXPECT_FALSE(parse_sql_hosts(":1", {}).has_value());
}

TEST_F(SqlServer, one_connection_serves_many_lookups_until_it_was_idle_for_a_minute) {
    servers_.say["a"] = {"1", "2"};
    const auto asked = client("a");
    EXPECT_EQ(ask(*asked), "1,2");
    EXPECT_EQ(ask(*asked, "o'k"), "1,2");
    EXPECT_EQ(servers_.log, (std::vector<std::string>{"connect a", "a: Q <k>", "a: Q <o'k>"}));
    now_ += std::chrono::seconds(61);
    EXPECT_EQ(ask(*asked), "1,2");
    EXPECT_EQ(servers_.log.size(), 5U);
}

TEST_F(SqlServer, the_next_host_is_asked_when_one_fails_and_the_failed_one_rests_for_a_minute) {
    servers_.say["b"] = {"b"};
    const auto asked = client("a b");
    EXPECT_EQ(ask(*asked), "b");
    EXPECT_EQ(servers_.log, (std::vector<std::string>{"connect a", "connect b", "b: Q <k>"}));
    servers_.say.clear();
    now_ += std::chrono::seconds(61);
    servers_.log.clear();
    EXPECT_EQ(ask(*asked).substr(0, 1), "?");
    EXPECT_EQ(servers_.log.size(), 2U);
    EXPECT_EQ(ask(*asked), "? mysql:/t.cf: no host is available: all failed within the last 60 s");
    EXPECT_EQ(servers_.log.size(), 2U);
    servers_.say["a"] = {};
    now_ += std::chrono::seconds(60);
    EXPECT_EQ(ask(*asked), "absent");
}

TEST_F(SqlServer, how_long_connections_and_failures_last_may_be_set) {
    servers_.say["a"] = {"1"};
    const auto asked = client("a b", "query = Q %s\nidle_interval = 5\nretry_interval = 7\n");
    EXPECT_EQ(ask(*asked), "1");
    now_ += std::chrono::seconds(6);
    servers_.say.clear();
    EXPECT_EQ(ask(*asked).substr(0, 1), "?");
    EXPECT_EQ(ask(*asked), "? mysql:/t.cf: no host is available: all failed within the last 7 s");
    now_ += std::chrono::seconds(7);
    servers_.say["b"] = {"2"};
    EXPECT_EQ(ask(*asked), "2");
    EXPECT_FALSE(SqlIntervals::from(TableConfig::parse("retry_interval = 0\n", "/t.cf", {.files = files_}).value()).has_value());
}

TEST_F(SqlServer, unix_sockets_come_first) {
    servers_.say["/s"] = {"s"};
    servers_.say["a"] = {"a"};
    EXPECT_EQ(ask(*client("a unix:/s")), "s");
}

TEST_F(SqlServer, an_old_connection_that_is_lost_is_made_again) {
    servers_.say["a"] = {"1"};
    const auto asked = client("a");
    EXPECT_EQ(ask(*asked), "1");
    servers_.say["a"] = {"lost"};
    EXPECT_EQ(ask(*asked), "again");
    // A new one that is lost is a failure of the host.
    servers_.say["a"] = {"lost"};
    EXPECT_EQ(ask(*client("a")), "? mysql:/t.cf: query to a: server has gone away");
}

TEST_F(SqlServer, a_function_may_take_the_place_of_a_query_in_pgsql) {
    const auto config = TableConfig::parse("select_function = f\n", "/t.cf", {.files = files_}).value();
    EXPECT_EQ(read_sql_rules({"pgsql:/t.cf", "pgsql", "/t.cf"}, config, {.files = files_}).value()->query.expand("k", [](std::string_view part) { return std::string(part); }), "SELECT f('k')");
    EXPECT_FALSE(read_sql_rules({"mysql:/t.cf", "mysql", "/t.cf"}, config, {.files = files_}).has_value());
}

TEST_F(SqlServer, half_an_answer_is_no_answer) {
    servers_.say["a"] = {"1", "bad query"};
    const auto asked = client("a");
    EXPECT_EQ(ask(*asked), "? mysql:/t.cf: query to a: syntax error");
    servers_.say["a"] = {"1"};
    EXPECT_EQ(ask(*asked), "1");  // the host was not to blame
    servers_.say["a"] = {"1", "2", "3"};
    EXPECT_EQ(ask(*client("a", "query = Q %s\nexpansion_limit = 2\n")).substr(0, 1), "?");
    EXPECT_EQ(ask(*client("a", "query = Q %d\n")), "absent");
}

}  // namespace
}  // namespace posthouse::tables
