#include "tools/postmap.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "tables/fake_files.hpp"

namespace posthouse::tools {
namespace {

// A temporary folder whose files are also what world::Files shows.
class Shell {
public:
    Shell() {
        if (mkdtemp(folder_.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
    }
    ~Shell() { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& name) const { return folder_ + '/' + name; }
    void write(const std::string& name, const std::string& text) {
        files_.put(file(name), text);
        files_.files[file(name)].info.mode = 0640;
    }
    struct Result {
        int status;
        std::string out;
        std::string err;
    };
    Result run(std::vector<std::string> words, const std::string& input = {}, PostmapMode mode = PostmapMode::postmap) {
        words.insert(words.begin(), "postmap");
        std::vector<char*> argv;
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        auto* const old_in = std::cin.rdbuf(in.rdbuf());
        auto* const old_out = std::cout.rdbuf(out.rdbuf());
        auto* const old_err = std::cerr.rdbuf(err.rdbuf());
        std::cin.clear();
        const int status = postmap_main(static_cast<int>(words.size()), argv.data(), {.mode = mode}, files_);
        std::cin.rdbuf(old_in);
        std::cout.rdbuf(old_out);
        std::cerr.rdbuf(old_err);
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            files_.put(entry.path(), "");
        }
        return {status, out.str(), err.str()};
    }

private:
    std::string folder_ = std::filesystem::temp_directory_path() / "postmap_test_XXXXXX";
    tables::FakeFiles files_;
};

}  // namespace

TEST(postmap, builds_a_database_and_answers_from_it) {
    Shell shell;
    shell.write("t", "UPPER folded\nkey one\n  continued line\n");
    const auto built = shell.run({shell.file("t")});
    EXPECT_EQ(built.status, 0);
    EXPECT_EQ(built.err, "");
    EXPECT_EQ(shell.run({"-q", "Upper", "hash:" + shell.file("t")}).out, "folded\n");
    EXPECT_EQ(shell.run({"-q", "none", shell.file("t")}).status, 1);
    EXPECT_EQ(shell.run({"-q", "-", shell.file("t")}, "upper\nnone\nkey\n").out, "upper\tfolded\nkey\tone  continued line\n");
    EXPECT_EQ(std::filesystem::status(shell.file("t.db")).permissions(), static_cast<std::filesystem::perms>(0640));
}

TEST(postmap, warns_of_duplicates_unless_told_otherwise) {
    Shell shell;
    const std::string map = "btree:" + shell.file("t");
    shell.write("t", "a 1\nA 2\n");
    EXPECT_EQ(shell.run({map}).err, "postmap: warning: " + shell.file("t") + ".db: line 2: duplicate entry: \"a\"\n");
    EXPECT_EQ(shell.run({"-s", map}).out, "a\t1\n");
    shell.write("t", "a 1\nA 2\n");
    EXPECT_EQ(shell.run({"-w", map}).err, "");
    shell.write("t", "a 1\nA 2\n");
    EXPECT_EQ(shell.run({"-r", map}).err, "");
    EXPECT_EQ(shell.run({"-s", map}).out, "a\t2\n");
}

TEST(postmap, adds_and_deletes_single_keys) {
    Shell shell;
    const std::string map = "btree:" + shell.file("t");
    shell.write("t", "a 1\nb 2\n");
    ASSERT_EQ(shell.run({map}).status, 0);
    EXPECT_EQ(shell.run({"-i", map}, "c 3\n").status, 0);
    EXPECT_EQ(shell.run({"-d", "A", map}).status, 0);
    EXPECT_EQ(shell.run({"-d", "A", map}).status, 1);
    EXPECT_EQ(shell.run({"-s", map}).out, "b\t2\nc\t3\n");
}

TEST(postmap, says_that_pattern_tables_need_none) {
    Shell shell;
    shell.write("r", "/x/ y\n");
    const auto typed = shell.run({"-r", "regexp:" + shell.file("r")});
    EXPECT_EQ(typed.status, 0);
    EXPECT_EQ(typed.err, "postmap: warning: regexp:" + shell.file("r") + " needs no postmap: tables of type regexp are used as they are\n");
    shell.write("r", "/x/ y\n");
    EXPECT_NE(shell.run({"-r", shell.file("r")}).err.find("looks like a regexp: or pcre: table"), std::string::npos);
}

TEST(postmap, fails_with_the_reason) {
    Shell shell;
    EXPECT_EQ(shell.run({shell.file("no")}).err, "postmap: fatal: open " + shell.file("no") + ": No such file or directory\n");
    EXPECT_EQ(shell.run({"-q", "x", "fail:dead"}).err, "postmap: fatal: table fail:dead: query error: Application error\n");
    EXPECT_EQ(shell.run({"-q", "x", "mysql:/x"}).status, 1);
    EXPECT_EQ(shell.run({"-Z"}).status, 1);
    EXPECT_EQ(shell.run({}).status, 1);
}

TEST(postalias, writes_aliases) {
    Shell shell;
    const std::string map = "btree:" + shell.file("aliases");
    shell.write("aliases", "Root: ann, bob\n");
    EXPECT_EQ(shell.run({map}, {}, PostmapMode::postalias).status, 0);
    EXPECT_EQ(shell.run({"-s", map}, {}, PostmapMode::postalias).out, "@\t@\nroot\tann, bob\n");
}

}  // namespace posthouse::tools
