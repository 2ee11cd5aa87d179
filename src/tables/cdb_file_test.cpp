#include "tables/cdb_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"
#include "tables/writer.hpp"

namespace posthouse::tables {
namespace {

class CdbFile : public ::testing::Test {
protected:
    CdbFile() {
        if (mkdtemp(folder_.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
    }
    ~CdbFile() override { std::filesystem::remove_all(folder_); }
    std::string source() const { return folder_ + "/t"; }
    void write(const std::vector<std::pair<std::string, std::string>>& entries, Duplicates duplicates = Duplicates::warn, Terminator terminator = Terminator::with) {
        auto writer = DatabaseWriter::create(source() + ".cdb", DatabaseType::cdb, terminator);
        ASSERT_TRUE(writer.has_value()) << writer.error().text;
        for (const auto& [key, value] : entries) {
            const auto put = writer->put(key, value, duplicates);
            ASSERT_TRUE(put.has_value());
            new_.push_back(*put);
        }
        ASSERT_TRUE(writer->finish().has_value());
    }
    std::string get(const std::string& key) {
        auto file = open_index(DatabaseType::cdb, source() + ".cdb");
        const auto value = (*file)->get(key);
        return value && *value ? **value : "none";
    }

    std::string folder_ = std::filesystem::temp_directory_path() / "cdb_test_XXXXXX";
    std::vector<bool> new_;
};

TEST_F(CdbFile, what_is_written_is_read_back_through_the_table) {
    write({{"key", "value"}, {"other", "x y"}});
    FakeFiles files;
    files.put(source() + ".cdb", "");
    const auto table = open_table("cdb:" + source(), {.files = files});
    EXPECT_EQ(run_now(table->find("KEY")).value, "value");
    EXPECT_EQ(run_now(table->find("other")).value, "x y");
    EXPECT_TRUE(run_now(table->find("none")).is_absent());
    files.files[source() + ".cdb"].info.size = 1'000'000'000;  // asked key by key
    const auto large = open_table("cdb:" + source(), {.files = files});
    EXPECT_EQ(large->entries(), nullptr);
    EXPECT_EQ(run_now(large->find("Key")).value, "value");
    EXPECT_TRUE(run_now(large->find("none")).is_absent());
}

TEST_F(CdbFile, of_equal_keys_the_first_stays_unless_it_is_replaced) {
    write({{"k", "1"}, {"k", "2"}});
    EXPECT_EQ(new_, (std::vector<bool>{true, false}));
    EXPECT_EQ(get("k"), "1");
    write({{"k", "1"}, {"k", "2"}}, Duplicates::replace);
    EXPECT_EQ(get("k"), "2");
}

TEST_F(CdbFile, keys_without_a_trailing_nul_are_found_too) {
    write({{"k", "1"}}, Duplicates::warn, Terminator::without);
    EXPECT_EQ(get("k"), "1");
    EXPECT_EQ(get("K"), "none");
}

TEST_F(CdbFile, what_is_no_cdb_file_answers_nothing) {
    EXPECT_EQ(open_index(DatabaseType::cdb, source() + ".cdb").error().text, "open database " + source() + ".cdb: No such file or directory");
    std::ofstream(source() + ".cdb") << "short";
    FakeFiles files;
    files.put(source() + ".cdb", "");
    EXPECT_TRUE(run_now(open_table("cdb:" + source(), {.files = files})->find("k")).is_unknown());
    // A header whose tables lie behind the end of the file.
    std::ofstream(source() + ".cdb") << std::string(4096, '\x7f');
    EXPECT_TRUE(run_now(open_table("cdb:" + source(), {.files = files})->find("k")).is_unknown());
}

}  // namespace
}  // namespace posthouse::tables
