#include "app/reach.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/format.hpp"

namespace posthouse::app {
namespace {

// Only what info() and read() say counts here.
class Tree final : public world::Files {
public:
    base::Result<std::string> read(const std::string& path) override {
        const auto file = contents.find(path);
        return file != contents.end() ? base::Result<std::string>(file->second) : none();
    }
    base::Result<world::FileInfo> info(const std::string& path) override {
        if (const auto folder = folders.find(path); folder != folders.end()) {
            return world::FileInfo{.is_directory = true, .inode = folder->second};
        }
        const auto inode = inodes.find(path);
        return contents.contains(path) ? base::Result<world::FileInfo>(world::FileInfo{.inode = inode == inodes.end() ? 1 : inode->second}) : none();
    }
    std::unique_ptr<world::Files> as_user(world::FileUser) override { return nullptr; }
    base::Result<std::vector<std::string>> list(const std::string&) override { return none(); }
    base::Result<std::unique_ptr<world::WritableFile>> create(const std::string&, unsigned) override { return none(); }
    base::Result<std::unique_ptr<world::WritableFile>> append(const std::string&, unsigned) override { return none(); }
    base::Result<void> rename(const std::string&, const std::string&) override { return none(); }
    base::Result<void> remove(const std::string&) override { return none(); }
    base::Result<void> make_directories(const std::string&, unsigned) override { return none(); }
    base::Result<void> sync_directory(const std::string&) override { return none(); }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return none(); }

    std::string canonical(const std::string& path) override { return links.contains(path) ? links.at(path) : path; }

    std::map<std::string, std::string> links{{"/live/key.pem", "/archive/key1.pem"}};
    std::map<std::string, std::uint64_t> folders{{"/live", 10}, {"/archive", 11}, {"/etc", 2}, {"/etc/postfix", 3}, {"/q", 4}, {"/d", 5}, {"/tables", 6}, {"/db", 7}, {"/mail", 8}, {"/usr", 9}};
    std::map<std::string, std::string> contents{{"/etc/postfix/sql.cf", "dbpath = /db/users.sqlite\nquery = select a/b\n"}, {"/tables/relay.db", ""}, {"/etc/shadow", ""}, {"/etc/aliases", ""}, {"/etc/aliases.db", ""}, {"/dev/null", ""}, {"/live/key.pem", ""}, {"/archive/key1.pem", ""}};

    std::map<std::string, std::uint64_t> inodes;  // of files; 1 for all others

private:
    static std::unexpected<base::Error> none() { return base::fail(base::ErrorKind::not_found, "none"); }
};

Reach reach(Tree& tree, const std::string& main_cf, ReadingRights rights = ReadingRights::everything) {
    const auto read = [&](const std::string& path) -> base::Result<std::string> { return path.ends_with("main.cf") ? "queue_directory = /q\ndata_directory = /d\n" + main_cf : ""; };
    const auto configuration = config::load({"/etc/postfix", read, {}, {}});
    return reach_of(**configuration, tree, rights);
}

std::string text(const std::vector<Reach::Place>& places) {
    std::string out;
    for (const Reach::Place& place : places) {
        out += place.path + ' ';
    }
    return out;
}

TEST(reach, paths_are_found_in_lists_of_tables) {
    const std::vector<std::string> wanted{"/a/b", "/c", "/d"};
    EXPECT_EQ(absolute_paths("hash:/a/b, proxy:unionmap:{lmdb:/c, /d/} a/b http://x 10.0.0.0/8"), wanted);
    EXPECT_TRUE(absolute_paths("").empty());
    EXPECT_TRUE(absolute_paths("/ // a/ /").empty());
}

TEST(reach, folders_of_tables_are_read_and_those_of_the_queue_written) {
    Tree tree;
    const Reach found = reach(tree, "relay_domains = hash:/tables/relay, sqlite:/etc/postfix/sql.cf\nsmtp_sasl_password_maps = hash:/nowhere/x\n");
    EXPECT_EQ(text(found.read), "/usr /etc/postfix /d /q /tables /db ");
    EXPECT_EQ(text(found.write), "/dev/null /q /d ");
    EXPECT_FALSE(found.for_others);
}

TEST(reach, the_folder_of_a_cache_is_written) {
    Tree tree;
    EXPECT_EQ(text(reach(tree, "postscreen_cache_map = btree:/db/clients\n").write), "/dev/null /q /d /db ");
}

TEST(reach, a_file_beside_secrets_is_no_wish_for_its_folder) {
    Tree tree;
    EXPECT_EQ(text(reach(tree, "alias_maps = hash:/etc/aliases\n").read), "/usr /etc/postfix /etc/aliases /etc/aliases.db /d /q ");
    EXPECT_EQ(text(reach(tree, "", ReadingRights::own).read), "/etc /usr /etc/postfix /d /q ");
}

TEST(reach, mailboxes_may_be_made_below_the_nearest_folder_there_is) {
    Tree tree;
    const Reach found = reach(tree, "virtual_mailbox_base = /mail/not/yet\n");
    EXPECT_TRUE(found.for_others);
    EXPECT_EQ(text(found.write), "/dev/null /q /d /mail ");
}

TEST(reach, where_links_lead_is_read_as_well) {
    Tree tree;
    EXPECT_EQ(text(reach(tree, "smtpd_tls_key_file = /live/key.pem\n").read), "/usr /etc/postfix /d /q /live /archive ");
}

TEST(reach, mailboxes_anywhere_cannot_be_bounded) {
    Tree tree;
    for (const char* base : {"/", "/not/there", ""}) {
        const Reach anywhere = reach(tree, base::format("virtual_mailbox_base = {}\nvirtual_mailbox_maps = static:x\n", base));
        EXPECT_TRUE(anywhere.everywhere) << base;
        EXPECT_EQ(anywhere.beyond(reach(tree, "relay_domains = hash:/tables/relay\n"), tree), "");
        EXPECT_NE(reach(tree, "virtual_mailbox_base = /mail\n").beyond(anywhere, tree), "");
    }
}

TEST(reach, covers_less_and_not_more) {
    Tree tree;
    const Reach small = reach(tree, ""), large = reach(tree, "relay_domains = hash:/tables/relay\nvirtual_mailbox_base = /mail\n");
    EXPECT_EQ(small.beyond(small, tree), "");
    EXPECT_EQ(large.beyond(small, tree), "");
    EXPECT_NE(small.beyond(large, tree), "");
}

TEST(reach, a_file_that_was_replaced_in_a_wide_folder_is_another_one) {
    Tree tree;
    const std::string main_cf = "alias_maps = hash:/etc/aliases\n";
    const Reach before = reach(tree, main_cf);
    tree.inodes["/etc/aliases.db"] = 99;
    EXPECT_EQ(before.beyond(reach(tree, main_cf), tree), "/etc/aliases.db");
    tree.contents["/etc/aliases.lmdb"] = "";
    EXPECT_EQ(reach(tree, main_cf).beyond(reach(tree, main_cf), tree), "");
    tree.inodes.clear();
    EXPECT_EQ(before.beyond(reach(tree, main_cf), tree), "/etc/aliases.lmdb");
}

TEST(reach, a_folder_that_was_made_anew_is_another_one) {
    Tree tree;
    const Reach before = reach(tree, "relay_domains = hash:/tables/relay\n");
    tree.folders["/tables"] = 60;
    EXPECT_NE(before.beyond(reach(tree, "relay_domains = hash:/tables/relay\n"), tree), "");
}

}  // namespace
}  // namespace posthouse::app
