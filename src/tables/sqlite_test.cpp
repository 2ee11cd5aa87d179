#include "tables/sqlite.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tables/fake_outside.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

class Sqlite : public ::testing::Test {
protected:
    Sqlite() {
        if (mkdtemp(folder_.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        fill(database(), "CREATE TABLE a (k TEXT, d TEXT, v TEXT); INSERT INTO a VALUES ('joe', 'x.org', 'one@y'), ('joe', 'x.org', 'two@y'), ('o''neil', '', 'irish'), "
                         "('null', '', NULL), ('empty', '', '');");
    }
    ~Sqlite() override { std::filesystem::remove_all(folder_); }
    std::string database() const { return folder_ + "/t.db"; }
    void fill(const std::string& path, const char* sql) {
        sqlite3* handle = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
        sqlite3_close(handle);
        files_.put(path, "");
    }
    std::shared_ptr<const Table> open(const std::string& settings) {
        files_.put("/t.cf", "dbpath = " + database() + '\n' + settings + '\n');
        return open_table("sqlite:/t.cf", {.files = files_, .outside = outside_.surroundings()});
    }
    static std::string ask(const std::shared_ptr<const Table>& table, std::string key) {
        const Lookup answer = run_now(table->find(std::move(key)));
        return answer.is_found() ? answer.value : answer.is_absent() ? "absent" : "? " + answer.reason;
    }

    std::string folder_ = std::filesystem::temp_directory_path() / "sqlite_test_XXXXXX";
    FakeFiles files_;
    FakeOutside outside_;
};

TEST_F(Sqlite, rows_are_joined_and_keys_quoted) {
    const auto table = open("query = SELECT v FROM a WHERE k='%u'");
    EXPECT_EQ(ask(table, "JOE@x.org"), "one@y,two@y");
    EXPECT_EQ(ask(table, "o'neil"), "irish");
    EXPECT_EQ(ask(table, "' OR '1'='1"), "absent");
    EXPECT_EQ(ask(table, "null"), "absent");
    EXPECT_EQ(ask(table, "empty"), "absent");
    EXPECT_EQ(ask(table, "nobody"), "absent");
    EXPECT_FALSE(table->is_pattern());
    EXPECT_EQ(open_error(*table), std::nullopt);
}

TEST_F(Sqlite, result_format_limit_and_old_settings) {
    EXPECT_EQ(ask(open("query = SELECT v FROM a WHERE k='%u' AND d='%d'\nresult_format = %u@%D"), "joe@x.org"), "one@x.org,two@x.org");
    EXPECT_EQ(ask(open("query = SELECT v FROM a WHERE k='%s'\nexpansion_limit = 1"), "joe").substr(0, 1), "?");
    EXPECT_EQ(ask(open("select_field = v\ntable = a\nwhere_field = k\nadditional_conditions = AND v LIKE 'two%%'"), "joe"), "two@y");
}

TEST_F(Sqlite, what_goes_wrong_is_no_answer) {
    EXPECT_EQ(ask(open("query = SELECT w FROM a WHERE k='%s'"), "joe"), "? sqlite:/t.cf: SQL prepare failed: no such column: w");
    const auto writes = open("query = DELETE FROM a WHERE k='%s'");
    EXPECT_EQ(ask(writes, "joe"), "? sqlite:/t.cf: SQL step failed: attempt to write a readonly database");
    EXPECT_NE(open_error(*open("query = %x")), std::nullopt);
    EXPECT_NE(open_error(*open("table = a")), std::nullopt);
    files_.put("/t.cf", "query = x\n");
    EXPECT_EQ(open_error(*open_table("sqlite:/t.cf", {.files = files_, .outside = outside_.surroundings()})), "/t.cf: \"dbpath\" is not set");
}

TEST_F(Sqlite, a_database_that_comes_goes_or_is_replaced_is_noticed) {
    const auto table = open("query = SELECT v FROM a WHERE k='%s'");
    EXPECT_EQ(ask(table, "o'neil"), "irish");
    fill(folder_ + "/new.db", "CREATE TABLE a (k TEXT, v TEXT); INSERT INTO a VALUES ('o''neil', 'new');");
    std::filesystem::rename(folder_ + "/new.db", database());
    files_.files[database()].info.inode = 77;
    EXPECT_EQ(ask(table, "o'neil"), "new");
    files_.files.erase(database());
    EXPECT_EQ(ask(table, "o'neil"), "? sqlite:/t.cf: open database " + database() + ": no such file");
    EXPECT_NE(open_error(*open("query = SELECT 1")), std::nullopt);
    files_.put(database(), "");
    EXPECT_EQ(ask(table, "o'neil"), "new");
}

TEST_F(Sqlite, lookups_that_the_pool_does_not_get_to_are_no_answer) {
    outside_.pool.stuck = true;
    const auto table = open("query = SELECT v FROM a WHERE k='%s'");
    EXPECT_EQ(ask(table, "joe"), "? sqlite:/t.cf: no answer in time");
    for (int i = 1; i < 1000; ++i) {
        (void)ask(table, "joe");
    }
    EXPECT_EQ(outside_.pool.held.size(), 4U);  // more threads than that it never asks for
    EXPECT_EQ(ask(table, "joe"), "? sqlite:/t.cf: too many wait already");
    for (auto& work : outside_.pool.held) {
        work();
    }
    outside_.pool.stuck = false;
    EXPECT_EQ(ask(table, "joe"), "one@y,two@y");
}

}  // namespace
}  // namespace posthouse::tables
