#include "tables/environ.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

std::optional<std::string> variable(const std::string& name) {
    const std::map<std::string, std::string> all{{"PATH", "/bin"}, {"tz", "UTC"}, {"LANG", ""}};
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
}

TEST(environ, finds_variables_by_their_folded_name) {
    FakeFiles files;
    OpenContext context{.files = files, .environment = variable};
    EXPECT_EQ(run_now(open_table("environ:", context)->find("TZ")).value, "UTC");
    EXPECT_TRUE(run_now(open_table("environ:x", context)->find("PATH")).is_absent());
    context.keys.letters = KeyCase::kept;
    EXPECT_EQ(run_now(open_table("environ:x", context)->find("PATH")).value, "/bin");
    EXPECT_TRUE(run_now(open_table("environ:x", context)->find("TZ")).is_absent());
}

TEST(environ, without_an_environment_there_are_no_variables) {
    FakeFiles files;
    const auto table = open_table("environ:", {.files = files});
    EXPECT_TRUE(run_now(table->find("tz")).is_absent());
    EXPECT_EQ(open_error(*table), std::nullopt);
}

TEST(environ, a_server_sees_only_what_import_environment_lists) {
    const Environment seen = imported_environment("tz, LANG=C {X = a b} none", variable);
    EXPECT_EQ(seen("tz"), "UTC");
    EXPECT_EQ(seen("LANG"), "C");
    EXPECT_EQ(seen("X"), "a b");
    EXPECT_EQ(seen("PATH"), std::nullopt);
    EXPECT_EQ(seen("none"), std::nullopt);
    EXPECT_EQ(imported_environment("tz", {})("tz"), std::nullopt);
}

TEST(internal, begins_empty) {
    FakeFiles files;
    const auto table = open_table("internal:cache", {.files = files});
    EXPECT_TRUE(run_now(table->find("x")).is_absent());
    EXPECT_EQ(open_error(*table), std::nullopt);
    EXPECT_TRUE(table->entries()->empty());
}

}  // namespace
}  // namespace posthouse::tables
