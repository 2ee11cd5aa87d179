#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <latch>

#include "os/acting_as.hpp"
#include "os/child_process.hpp"
#include "os/file_descriptor.hpp"
#include "os/host.hpp"
#include "os/log_devices.hpp"
#include "os/own_process.hpp"
#include "os/ownership.hpp"
#include "os/posix_files.hpp"
#include "os/thread_pool.hpp"
#include "os/users.hpp"
#include "os/watchdog.hpp"

namespace posthouse::os {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;

class InFolder : public testing::Test {
protected:
    InFolder() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
    ~InFolder() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + '/' + name; }

    std::string folder_ = "/tmp/posthouse_os_test_XXXXXX";
    PosixFiles files_;
};
using PosixFilesTest = InFolder;
using LogDevices = InFolder;

world::Deadline in(world::Duration time) { return world::Deadline::at(std::chrono::steady_clock::now() + time); }

base::Result<world::ProcessResult> shell(const std::string& script, const std::string& input = {}, world::Duration time = 10s) {
    return run_command({.arguments = {"/bin/sh", "-c", script}, .environment = {"NAME=value"}, .input = input}, in(time));
}

}  // namespace

TEST_F(PosixFilesTest, a_file_is_made_once_appended_renamed_and_removed) {
    {
        auto file = files_.create(path("a"), 0640);
        ASSERT_TRUE(file.has_value());
        EXPECT_TRUE((*file)->write("one\n").has_value());
        EXPECT_TRUE((*file)->sync().has_value());
    }
    EXPECT_EQ(files_.create(path("a"), 0640).error().text, "create " + path("a") + ": File exists");
    EXPECT_TRUE((*files_.append(path("a"), 0640))->write("two\n").has_value());
    EXPECT_EQ(*files_.read(path("a")), "one\ntwo\n");
    EXPECT_EQ(files_.info(path("a"))->size, 8U);
    EXPECT_EQ(files_.info(path("a"))->mode & 0740U, 0640U);
    EXPECT_TRUE(files_.make_directories(path("x/y"), 0700).has_value());
    EXPECT_TRUE(files_.make_directories(path("x/y"), 0700).has_value());
    EXPECT_TRUE(files_.rename(path("a"), path("x/b")).has_value());
    EXPECT_EQ(*files_.list(path("x")), (std::vector<std::string>{"b", "y"}));
    EXPECT_TRUE(files_.info(path("x"))->is_directory);
    EXPECT_TRUE(files_.sync_directory(path("x")).has_value());
    EXPECT_TRUE(files_.remove(path("x/b")).has_value());
    EXPECT_EQ(files_.remove(path("x/b")).error().kind, ErrorKind::not_found);
    EXPECT_EQ(files_.read(path("x/b")).error().text, "open " + path("x/b") + ": No such file or directory");
    EXPECT_EQ(files_.make_directories("/dev/null/x", 0700).error().kind, ErrorKind::not_found);
    EXPECT_GT(*files_.free_bytes(folder_), 0U);
}

TEST_F(LogDevices, a_log_file_that_was_rotated_away_is_opened_anew) {
    const auto log = make_log_file(path("log"));
    EXPECT_EQ(log->write("one\n"), 4U);
    EXPECT_TRUE(files_.rename(path("log"), path("log.1")).has_value());
    EXPECT_EQ(log->write("two\n"), 4U);
    EXPECT_EQ(*files_.read(path("log.1")), "one\n");
    EXPECT_EQ(*files_.read(path("log")), "two\n");
    EXPECT_EQ(make_log_file("/nowhere/log")->write("x\n"), 0U);
}

TEST_F(LogDevices, syslog_gets_one_datagram_per_line_with_its_priority) {
    const auto log = make_log_syslog(path("socket"));
    const std::string lines = "Nov 22 03:45:38 host postfix/smtpd[1]: connect from x\nNov 22 03:45:38 host postfix/smtpd[1]: warning: y\n";
    EXPECT_EQ(log->write(lines), 0U);
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path("socket").c_str());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(log->write(lines), lines.size());
    std::array<char, 200> buffer{};
    const auto next = [&] { return std::string(buffer.data(), static_cast<std::size_t>(::recv(socket.get(), buffer.data(), buffer.size(), 0))); };
    EXPECT_EQ(next(), "<22>Nov 22 03:45:38 postfix/smtpd[1]: connect from x");
    EXPECT_EQ(next(), "<20>Nov 22 03:45:38 postfix/smtpd[1]: warning: y");
}

TEST(child_process, returns_output_and_status) {
    const auto result = shell("cat; echo $NAME; echo err >&2; exit 75", "input\n");
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->exit_status, 75);
    EXPECT_EQ(result->output, "input\nvalue\nerr\n");
    EXPECT_EQ(shell("kill -TERM $$")->exit_status, 128 + 15);
    EXPECT_EQ(run_command({{"/nowhere/x"}, {}, {}}, in(1s)).error().text, "run /nowhere/x: No such file or directory");
}

TEST(child_process, is_bounded_in_time_and_output) {
    EXPECT_EQ(shell("exec sleep 100", {}, 20ms).error().kind, ErrorKind::timeout);
    EXPECT_EQ(shell("exec >&- 2>&-; exec sleep 100", {}, 20ms).error().kind, ErrorKind::timeout);
    EXPECT_EQ(shell("head -c 1000000 /dev/zero")->output.size(), 64U * 1024);
    EXPECT_EQ(shell("exit 0", std::string(5'000'000, 'x'))->exit_status, 0);  // never reads its input
}

TEST(thread_pool, one_thread_keeps_order_and_the_end_waits_for_all) {
    std::vector<int> seen;
    {
        ThreadPool pool(1);
        for (int i = 0; i < 1000; ++i) {
            pool.submit([&seen, i] { seen.push_back(i); });
        }
    }
    EXPECT_EQ(seen.size(), 1000U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    std::atomic<int> sum = 0;
    {
        ThreadPool pool(3);
        for (int i = 0; i < 1000; ++i) {
            pool.submit([&sum] { ++sum; });
        }
    }
    EXPECT_EQ(sum, 1000);
}

TEST(thread_pool, what_hangs_at_the_end_is_told) {
    EXPECT_EXIT(
        {
            std::latch never(1);
            ThreadPool pool(2, [] { leave_now(7); });
            pool.submit([&never] { never.wait(); });
        },
        ::testing::ExitedWithCode(7), "");
    ThreadPool idle(2, [] { ADD_FAILURE(); });
    idle.submit([] {});
}

TEST(thread_pool, makes_a_thread_only_for_work_that_no_other_can_take) {
    const auto threads = [] {
        const std::filesystem::directory_iterator tasks("/proc/self/task");
        return std::distance(begin(tasks), end(tasks));
    };
    const auto before = threads();
    ThreadPool pool(16);
    std::latch met(3);
    EXPECT_EQ(threads(), before + 1);
    for (int i = 0; i < 3; ++i) {
        pool.submit([&met] { met.arrive_and_wait(); });  // each waits for the others
    }
    met.wait();
    EXPECT_EQ(threads(), before + 3);
}

TEST(host, counts_the_cores_that_this_process_may_use) {
    cpu_set_t all;
    ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    EXPECT_EQ(usable_cores(), static_cast<std::size_t>(CPU_COUNT(&all)));
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(usable_cores(), 1U);
    sched_setaffinity(0, sizeof all, &all);
}

TEST(users, tells_absent_from_present) {
    const auto root = find_user("root");
    ASSERT_TRUE(root.has_value() && root->has_value());
    EXPECT_EQ((*root)->user_id, 0U);
    EXPECT_EQ((*find_user(0U))->name, "root");
    EXPECT_EQ(*find_user("no-such-user-here"), std::nullopt);
    EXPECT_EQ(*find_group("no-such-group-here"), std::nullopt);
}

namespace {

constexpr std::uint32_t mailbox_user = 12345;

/// In a process of its own, because it does not come back. The number of the first step that failed; 0: none.
int give_up_root(const std::string& folder) {
    PosixFiles files;
    const auto nobody = find_user("nobody");
    const auto in_use = Capabilities::read_all_files() | Capabilities::bind_low_ports();
    int failed = 0;
    auto expect = [&failed, step = 0](bool holds) mutable {
        ++step;
        failed = failed == 0 && !holds ? step : failed;
    };
    expect(drop_privileges(**nobody, in_use, Capabilities::become_others()).has_value());
    expect(::geteuid() == (*nobody)->user_id && ::getegid() == (*nobody)->group_id);
    expect(files.read(folder + "/roots").has_value());
    expect(!files.append(folder + "/roots", 0600).has_value());
    expect(files.acts_for_others());
    const auto theirs = files.as_user({mailbox_user, mailbox_user + 1});
    expect(theirs->create(folder + "/open/theirs", 0600).has_value());
    expect(!theirs->read(folder + "/roots").has_value());  // our right to read everything is not the user's
    expect(!files.as_user({0, 1})->read(folder + "/open/theirs").has_value());
    expect(files.create(folder + "/open/ours", 0600).has_value());
    return failed;
}

}  // namespace

TEST_F(PosixFilesTest, without_root_all_files_can_be_read_and_only_files_of_users_acted_for_written) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    ASSERT_TRUE(files_.create(path("roots"), 0600).has_value());
    ASSERT_TRUE(files_.make_directories(path("open"), 0777).has_value());
    ASSERT_EQ(::chmod(folder_.c_str(), 0711), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(give_up_root(folder_));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    struct stat theirs {};
    struct stat ours {};
    ASSERT_EQ(::stat(path("open/theirs").c_str(), &theirs), 0);
    ASSERT_EQ(::stat(path("open/ours").c_str(), &ours), 0);
    EXPECT_EQ(theirs.st_uid, mailbox_user);
    EXPECT_EQ(theirs.st_gid, mailbox_user + 1);
    EXPECT_EQ(ours.st_uid, (*find_user("nobody"))->user_id);
}

TEST_F(PosixFilesTest, folders_and_plain_files_in_them_are_given_away_but_no_links) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    ASSERT_TRUE(files_.create(path("secret"), 0600).has_value());
    ASSERT_TRUE(give_folder(path("a/b"), 0730, {mailbox_user, 7}).has_value());
    ASSERT_TRUE(files_.create(path("a/b/plain"), 0600).has_value());
    ASSERT_EQ(::symlink(path("secret").c_str(), path("a/b/symbolic").c_str()), 0);
    ASSERT_EQ(::link(path("secret").c_str(), path("a/b/hard").c_str()), 0);
    ASSERT_TRUE(give_files(path("a/b"), {mailbox_user, 7}).has_value());
    struct stat status {};
    ASSERT_EQ(::stat(path("a/b").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, mailbox_user);
    EXPECT_EQ(status.st_gid, 7U);
    EXPECT_EQ(status.st_mode & 07777U, 0730U);
    ASSERT_EQ(::stat(path("a/b/plain").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, mailbox_user);
    ASSERT_EQ(::stat(path("secret").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 0U);
}

TEST(watchdog, ends_a_process_that_does_not_end_and_leaves_alone_one_that_does) {
    for (const bool hangs : {true, false}) {
        const pid_t child = ::fork();
        if (child == 0) {
            {
                Watchdog watchdog;
                watchdog.start(hangs ? 20ms : 1h, [] {});
                while (hangs) {
                    ::pause();
                }
            }
            ::_exit(7);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status));
        EXPECT_EQ(WEXITSTATUS(status), hangs ? 1 : 7);
    }
}

TEST(host, knows_its_name_ports_addresses_and_zone) {
    EXPECT_FALSE(hostname().empty());
    EXPECT_EQ(service_port("no-such-service"), std::nullopt);
    for (const InterfaceAddress& entry : interface_addresses()) {
        EXPECT_LE(entry.prefix_length, entry.address.size() * 8);
    }
    EXPECT_LE(std::chrono::abs(zone_offset(std::chrono::system_clock::now()).offset), 15h);
}

}  // namespace posthouse::os
