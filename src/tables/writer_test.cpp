#include "tables/writer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

struct Folder {
    std::string path = std::filesystem::temp_directory_path() / "tables_test_XXXXXX";
    Folder() {
        if (mkdtemp(path.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file(const std::string& name) const { return path + '/' + name; }
};

// A file of its own each time, as a replaced one is.
void write(const std::string& source, DatabaseType type, const Table::Entries& entries) {
    std::filesystem::remove(source + std::string(file_suffix(type)));
    auto writer = DatabaseWriter::create(source + std::string(file_suffix(type)), type);
    ASSERT_TRUE(writer.has_value()) << writer.error().text;
    for (const auto& [key, value] : entries) {
        ASSERT_TRUE(writer->put(key, value, Duplicates::warn).value_or(false));
    }
    ASSERT_TRUE(writer->finish().has_value());
}

}  // namespace

TEST(database_writer, what_it_writes_is_read_back_through_hash_btree_and_lmdb) {
    const Folder folder;
    for (const auto& [type, name] : std::map<DatabaseType, std::string>{{DatabaseType::hash, "hash"}, {DatabaseType::btree, "btree"}, {DatabaseType::lmdb, "lmdb"}}) {
        const std::string source = folder.file(name);
        write(source, type, {{"key", "value"}, {"other", "x y"}});
        FakeFiles files;
        files.put(source + std::string(file_suffix(type)), "", 10);
        files.put(source, "key newer\n", 5);
        std::vector<std::string> warnings;
        const OpenContext context{.files = files, .warn = [&warnings](std::string text) { warnings.push_back(std::move(text)); }};
        const auto table = open_table(name + ':' + source, context);
        EXPECT_EQ(run_now(table->find("KEY")).value, "value");
        EXPECT_EQ(run_now(table->find("other")).value, "x y");
        EXPECT_TRUE(run_now(table->find("none")).is_absent());
        EXPECT_EQ(warnings, (std::vector<std::string>{"database " + source + std::string(file_suffix(type)) + " is older than source file " + source}));
    }
}

TEST(database_writer, a_large_database_is_asked_key_by_key) {
    const Folder folder;
    const std::string source = folder.file("t");
    write(source, DatabaseType::hash, {{"key", "value"}});
    FakeFiles files;
    files.put(source + ".db", "");
    files.files[source + ".db"].info.size = 1'000'000'000;
    const auto table = open_table("hash:" + source, OpenContext{.files = files});
    EXPECT_EQ(table->entries(), nullptr);
    EXPECT_EQ(run_now(table->find("Key")).value, "value");
    EXPECT_TRUE(run_now(table->find("none")).is_absent());
    std::filesystem::remove(source + ".db");
    EXPECT_EQ(run_now(table->find("key")).reason, "open database " + source + ".db: No such file or directory");
}

TEST(database_writer, the_first_of_two_equal_keys_stays_unless_replacing) {
    const Folder folder;
    auto writer = DatabaseWriter::create(folder.file("t.db"), DatabaseType::hash);
    ASSERT_TRUE(writer.has_value());
    EXPECT_TRUE(writer->put("k", "1", Duplicates::warn).value());
    EXPECT_FALSE(writer->put("k", "2", Duplicates::warn).value());
    EXPECT_TRUE(writer->put("k", "3", Duplicates::replace).value());
    ASSERT_TRUE(writer->finish().has_value());
    EXPECT_EQ(open_index(DatabaseType::hash, folder.file("t.db")).value()->get("k").value(), "3");
}

TEST(database_writer, an_lmdb_file_grows_with_what_is_put_into_it) {
    const Folder folder;
    auto writer = DatabaseWriter::create(folder.file("t.lmdb"), DatabaseType::lmdb);
    ASSERT_TRUE(writer.has_value());
    const std::string value(100'000, 'x');
    for (int i = 0; i < 400; ++i) {
        ASSERT_TRUE(writer->put("key" + std::to_string(i), value, Duplicates::warn).value_or(false)) << i;
    }
    ASSERT_TRUE(writer->finish().has_value());
    const auto index = open_index(DatabaseType::lmdb, folder.file("t.lmdb"));
    ASSERT_TRUE(index.has_value());
    EXPECT_EQ((*index)->get("key399").value(), value);
    EXPECT_EQ((*index)->get("key400").value(), std::nullopt);
    EXPECT_EQ((*index)->get(std::string(1000, 'k')).value(), std::nullopt);
}

TEST(database_writer, keys_without_terminator_are_found_too) {
    const Folder folder;
    for (const DatabaseType type : {DatabaseType::hash, DatabaseType::lmdb}) {
        const std::string path = folder.file("t") + std::string(file_suffix(type));
        auto writer = DatabaseWriter::create(path, type, Terminator::without);
        ASSERT_TRUE(writer.has_value());
        ASSERT_TRUE(writer->put("k", "v", Duplicates::warn).value());
        ASSERT_TRUE(writer->finish().has_value());
        EXPECT_EQ(open_index(type, path).value()->get("k").value(), "v");
    }
}

TEST(hash, a_followed_file_is_read_again_when_postmap_has_made_a_new_one) {
    const Folder folder;
    const std::string source = folder.file("t");
    const std::string path = source + ".db";
    FakeFiles files;
    const auto followed = open_table("hash:" + source, OpenContext{.files = files, .changes = FileChanges::followed});
    const auto ignored = open_table("hash:" + source, OpenContext{.files = files});
    EXPECT_TRUE(run_now(followed->find("key")).is_unknown());
    write(source, DatabaseType::hash, {{"key", "1"}});
    files.put(path, "", 20);
    EXPECT_EQ(run_now(followed->find("key")).value, "1");
    write(source, DatabaseType::hash, {{"key", "2"}});
    EXPECT_EQ(run_now(followed->find("key")).value, "1") << "the date says that nothing changed";
    files.put(path, "", 10);
    EXPECT_EQ(run_now(followed->find("key")).value, "2");
    EXPECT_EQ(open_error(*followed), std::nullopt);
    EXPECT_TRUE(run_now(ignored->find("key")).is_unknown());
    std::filesystem::remove(path);
    files.files.erase(path);
    EXPECT_TRUE(run_now(followed->find("key")).is_unknown()) << "a table that went away does not answer no";
}

TEST(hash, a_file_that_is_no_database_is_unavailable) {
    const Folder folder;
    FakeFiles files;
    files.put(folder.file("t.db"), "");
    std::filesystem::create_directory(folder.file("t.db"));
    EXPECT_TRUE(open_error(*open_table("hash:" + folder.file("t"), OpenContext{.files = files})).has_value());
}

}  // namespace posthouse::tables
