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
    EXPECT_EQ(shell.run({map}).err, "postmap: warning: " + shell.file("t") + ", line 2: duplicate entry: \"a\"\n");
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

TEST(postmap, makes_only_tables_that_are_made) {
    Shell shell;
    shell.write("r", "/x/ y\n");
    const auto typed = shell.run({"-r", "regexp:" + shell.file("r")});
    EXPECT_EQ(typed.status, 1);
    EXPECT_EQ(typed.err, "postmap: fatal: unsupported dictionary type: regexp does not support bulk-mode creation.\n");
    EXPECT_EQ(shell.run({"proxy:hash:" + shell.file("r")}).err, "postmap: fatal: can't create maps via the proxy service\n");
    EXPECT_NE(shell.run({"-r", shell.file("r")}).err.find("looks like a regexp: or pcre: table"), std::string::npos);
}

TEST(postmap, keeps_the_case_of_keys_with_f_and_files_with_F) {
    Shell shell;
    const std::string map = "lmdb:" + shell.file("t");
    shell.write("t", "a 1\nA 2\n");
    EXPECT_EQ(shell.run({"-f", map}).err, "");
    EXPECT_EQ(shell.run({"-fq", "A", map}).out, "2\n");
    EXPECT_EQ(shell.run({"-q", "A", map}).out, "1\n");
    shell.write("content", "secret\n");
    shell.write("t", "host " + shell.file("content") + "\n");
    EXPECT_EQ(shell.run({"-F", map}).err, "");
    EXPECT_EQ(shell.run({"-Fq", "host", map}).out, "secret\n\n\n");
    EXPECT_EQ(shell.run({"-q", "host", map}).out, "c2VjcmV0Cgo=\n");
    EXPECT_EQ(shell.run({"-F", "-s", map}).out, "host\tsecret\n\n\n");
}

TEST(postmap, asks_for_the_header_fields_and_lines_of_a_message) {
    Shell shell;
    shell.write("r", "/./ hit\n/^$/ empty\n");
    const std::string map = "regexp:" + shell.file("r");
    const std::string message = "Subject: a\n b\nContent-Type: multipart/mixed; boundary=\"x\"\n\nfirst\n--x\nX-Part: c\n\nbody\n--x--\nlast\n";
    EXPECT_EQ(shell.run({"-h", "-q", "-", map}, message).out, "Subject: a\n b\thit\nContent-Type: multipart/mixed; boundary=\"x\"\thit\n");
    EXPECT_EQ(shell.run({"-hmq", "-", map}, message).out,
              "Subject: a\n b\thit\nContent-Type: multipart/mixed; boundary=\"x\"\thit\nX-Part: c\thit\n");
    EXPECT_EQ(shell.run({"-bq", "-", map}, message).out, "\tempty\nfirst\thit\n--x\thit\nX-Part: c\thit\n\tempty\nbody\thit\n--x--\thit\nlast\thit\n");
    EXPECT_EQ(shell.run({"-bhq", "-", map}, "no header\n").out, "no header\thit\n");
    EXPECT_EQ(shell.run({"-h", "-q", "x", map}).err, "postmap: fatal: specify -b -h or -m only with \"-q -\"\n");
}

TEST(postmap, fails_with_the_reason) {
    Shell shell;
    EXPECT_EQ(shell.run({shell.file("no")}).err, "postmap: fatal: open " + shell.file("no") + ": No such file or directory\n");
    EXPECT_EQ(shell.run({"-q", "x", "fail:dead"}).err, "postmap: fatal: table fail:dead: query error: Application error\n");
    EXPECT_EQ(shell.run({"-q", "x", "mysql:/x"}).status, 1);
    EXPECT_EQ(shell.run({"-Z"}).status, 1);
    EXPECT_EQ(shell.run({}).status, 1);
}

TEST(postmap, folds_keys_in_all_of_unicode_and_leaves_out_what_is_not_utf8) {
    Shell shell;
    const std::string map = "btree:" + shell.file("t");
    shell.write("t", "JÖRG@Пример.РФ here\n\xd6 latin1\nlatin1 \xd6\n");
    EXPECT_EQ(shell.run({map}).err, "postmap: warning: " + shell.file("t") + ", line 2: non-UTF-8 input \"? latin1\" -- ignoring this line\n" +
                                        "postmap: warning: " + shell.file("t") + ", line 3: non-UTF-8 input \"latin1 ?\" -- ignoring this line\n");
    EXPECT_EQ(shell.run({"-s", map}).out, "jörg@пример.рф\there\n");
    EXPECT_EQ(shell.run({"-q", "jörg@ПРИМЕР.рф", map}).out, "here\n");
    EXPECT_EQ(shell.run({"-fq", "jörg@ПРИМЕР.рф", map}).status, 1);
    EXPECT_EQ(shell.run({"-d", "JÖRG@пример.рф", map}).status, 0);
    EXPECT_EQ(shell.run({"-u", map}).err, "");
    EXPECT_EQ(shell.run({"-u", "-s", map}).out, "j\xc3\x96rg@\xd0\x9f\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd0\xa0\xd0\xa4\there\nlatin1\t\xd6\n\xd6\tlatin1\n");
}

TEST(postalias, writes_aliases) {
    Shell shell;
    const std::string map = "btree:" + shell.file("aliases");
    shell.write("aliases", "Root: ann, bob\n");
    EXPECT_EQ(shell.run({map}, {}, PostmapMode::postalias).status, 0);
    const std::string listed = shell.run({"-s", map}, {}, PostmapMode::postalias).out;
    EXPECT_TRUE(listed.starts_with("@:\t@\nYP_LAST_MODIFIED:\t")) << listed;
    EXPECT_TRUE(listed.ends_with("\nYP_MASTER_NAME:\tlocalhost\nroot:\tann, bob\n")) << listed;
}

TEST(postalias, keeps_lists_and_refuses_names_that_are_not_local) {
    Shell shell;
    const std::string map = "btree:" + shell.file("aliases");
    shell.write("aliases", "a: b,c ,\n  \"|/bin/x  y\"\nnone:\nx@y: z\nno form\n\"q @\" : r\n");
    EXPECT_EQ(shell.run({map}, {}, PostmapMode::postalias).err, "postalias: warning: " + shell.file("aliases") + ", line 3: need name:value pair\n" +
                                                                    "postalias: warning: " + shell.file("aliases") + ", line 4: name must be local\n" +
                                                                    "postalias: warning: " + shell.file("aliases") + ", line 5: need name:value pair\n");
    EXPECT_EQ(shell.run({"-q", "a", map}, {}, PostmapMode::postalias).out, "b, c, \"|/bin/x  y\"\n");
    EXPECT_EQ(shell.run({"-q", "Q @", map}, {}, PostmapMode::postalias).out, "r\n");
}

}  // namespace posthouse::tools
