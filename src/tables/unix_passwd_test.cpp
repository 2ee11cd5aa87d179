#include "tables/unix_passwd.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

class UnixPasswd : public ::testing::Test {
protected:
    Lookup find(std::string_view spec, std::string key) { return run_now(open_table(spec, {files})->find(std::move(key))); }
    FakeFiles files;
};

TEST_F(UnixPasswd, finds_the_whole_line_of_a_user_or_group) {
    files.put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nJoe:x:1000:1000::/home/joe:/bin/sh\n+nis::::::\nnonsense\n");
    files.put("/etc/group", "mail:x:8:joe\n");
    EXPECT_EQ(find("unix:passwd.byname", "root").value, "root:x:0:0:root:/root:/bin/sh");
    EXPECT_EQ(find("proxy:unix:passwd.byname", "joe").value, "Joe:x:1000:1000::/home/joe:/bin/sh");
    EXPECT_EQ(find("unix:group.byname", "mail").value, "mail:x:8:joe");
    EXPECT_TRUE(find("unix:passwd.byname", "nobody").is_absent());
    EXPECT_TRUE(find("unix:passwd.byname", "+nis").is_absent());
    EXPECT_TRUE(find("unix:passwd.byname", "nonsense").is_absent());
}

TEST_F(UnixPasswd, a_missing_file_or_an_unknown_name_is_no_answer) {
    EXPECT_TRUE(find("unix:passwd.byname", "root").is_unknown());
    EXPECT_TRUE(find("unix:hosts.byname", "root").is_unknown());
}

}  // namespace
}  // namespace posthouse::tables
