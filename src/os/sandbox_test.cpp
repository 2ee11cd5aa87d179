// Each case in a child process: what is given up cannot be taken back.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <future>
#include <thread>

#include "os/call_filter.hpp"
#include "os/call_list.hpp"
#include "os/landlock.hpp"
#include "os/own_process.hpp"
#include "os/thread_pool.hpp"
#include "os/users.hpp"

namespace posthouse::os {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool instrumented = true;  // the filter only logs then
#else
constexpr bool instrumented = false;
#endif

ProcessEnd in_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(work());
    }
    return collect(child);
}

// A seccomp program as the kernel reads it.
std::uint32_t judge(const std::vector<sock_filter>& program, const seccomp_data& call) {
    std::uint32_t a = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter& step = program[at];
        switch (step.code) {
            case BPF_LD | BPF_W | BPF_ABS: std::memcpy(&a, reinterpret_cast<const char*>(&call) + step.k, sizeof(a)); break;
            case BPF_RET | BPF_K: return step.k;
            case BPF_JMP | BPF_JEQ | BPF_K: at += a == step.k ? step.jt : step.jf; break;
            case BPF_JMP | BPF_JGE | BPF_K: at += a >= step.k ? step.jt : step.jf; break;
            case BPF_JMP | BPF_JSET | BPF_K: at += (a & step.k) != 0 ? step.jt : step.jf; break;
            default: ADD_FAILURE() << "code " << step.code; return 0;
        }
    }
    ADD_FAILURE() << "no verdict";
    return 0;
}

seccomp_data call_of(long number, std::uint64_t first = 0, std::uint64_t second = 0) {
#if defined(__aarch64__)
    return {static_cast<int>(number), AUDIT_ARCH_AARCH64, 0, {first, second}};
#else
    return {static_cast<int>(number), AUDIT_ARCH_X86_64, 0, {first, second}};
#endif
}

TEST(call_filter, judges_calls_by_number_and_argument) {
    if (instrumented) {
        GTEST_SKIP() << "under a sanitizer, which makes calls of its own, the filter only logs";
    }
    const auto program = call_filter({});
    for (const long number : calls::allowed) {
        EXPECT_EQ(judge(program, call_of(number)), SECCOMP_RET_ALLOW) << number;
    }
    for (const long number : calls::deadly) {
        EXPECT_EQ(judge(program, call_of(number)), SECCOMP_RET_KILL_PROCESS) << number;
    }
    EXPECT_EQ(judge(program, call_of(SYS_socket, AF_INET6)), SECCOMP_RET_ALLOW);
    EXPECT_EQ(judge(program, call_of(SYS_socket, AF_PACKET)), SECCOMP_RET_TRAP);
    EXPECT_EQ(judge(program, call_of(SYS_clone, CLONE_THREAD | CLONE_VM)), SECCOMP_RET_ALLOW);
    EXPECT_EQ(judge(program, call_of(SYS_clone, SIGCHLD)), SECCOMP_RET_TRAP);
    EXPECT_EQ(judge(program, call_of(SYS_kill, static_cast<std::uint64_t>(::getpid()))), SECCOMP_RET_ALLOW);
    EXPECT_EQ(judge(program, call_of(SYS_kill, 1)), SECCOMP_RET_TRAP);
    EXPECT_EQ(judge(program, call_of(SYS_prctl, PR_SET_NAME)), SECCOMP_RET_ALLOW);
    EXPECT_EQ(judge(program, call_of(SYS_prctl, PR_SET_DUMPABLE)), SECCOMP_RET_TRAP);
    for (const long number : {SYS_setresuid, SYS_setresgid, SYS_setuid, SYS_setfsuid, SYS_setgroups, SYS_io_uring_setup, SYS_symlinkat, SYS_mknodat, SYS_memfd_create, SYS_keyctl, SYS_add_key, SYS_request_key}) {
        EXPECT_EQ(judge(program, call_of(number, 33)), SECCOMP_RET_TRAP) << number;
    }
}

TEST(call_filter, lets_a_delivery_agent_become_anybody_but_root) {
    if (instrumented) {
        GTEST_SKIP() << "under a sanitizer, which makes calls of its own, the filter only logs";
    }
    const auto program = call_filter({.act_for_others = true});
    EXPECT_EQ(judge(program, call_of(SYS_setfsuid, 33)), SECCOMP_RET_ALLOW);
    EXPECT_EQ(judge(program, call_of(SYS_setfsuid, 0)), SECCOMP_RET_TRAP);
    EXPECT_EQ(judge(program, call_of(SYS_setfsgid, 0)), SECCOMP_RET_TRAP);
    EXPECT_EQ(judge(program, call_of(SYS_setresuid, 33, 33)), SECCOMP_RET_TRAP);
}

TEST(call_filter, knows_no_second_door) {
    const auto program = call_filter({});
    seccomp_data other = call_of(SYS_read);
    other.arch = AUDIT_ARCH_I386;
    EXPECT_EQ(judge(program, other), SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
    EXPECT_EQ(judge(program, call_of(0x40000000 | SYS_execve)), SECCOMP_RET_KILL_PROCESS);
#endif
}

TEST(call_filter, a_refused_call_fails_and_is_noted) {
    if (instrumented) {
        GTEST_SKIP() << "under a sanitizer, which makes calls of its own, the filter only logs";
    }
    const auto end = in_child([] {
        if (!gain_no_privileges() || !filter_calls({})) {
            return 1;
        }
        std::thread([] {}).join();
        if (::symlink("/tmp/a", "/tmp/nowhere/b") == 0 || errno != EPERM) {
            return 2;
        }
        const auto refused = take_refused_calls();
        return refused == std::vector<int>{SYS_symlink} && refused_calls_count() == 1 && take_refused_calls().empty() ? 0 : 3;
    });
    EXPECT_EQ(end.exit_status, 0);
    EXPECT_EQ(end.signal, 0);
}

TEST(call_filter, a_refused_call_fails_on_threads_of_the_pool_too) {
    if (instrumented) {
        GTEST_SKIP() << "under a sanitizer, which makes calls of its own, the filter only logs";
    }
    const auto end = in_child([] {
        if (!gain_no_privileges() || !filter_calls({})) {
            return 1;
        }
        std::promise<int> failed;
        ThreadPool pool(1);
        pool.submit([&failed] { failed.set_value(::symlink("/tmp/a", "/tmp/nowhere/b") == 0 ? 0 : errno); });
        return failed.get_future().get() == EPERM ? 0 : 2;
    });
    EXPECT_EQ(end.exit_status, 0);
    EXPECT_EQ(end.signal, 0);
}

TEST(call_filter, a_program_that_is_run_ends_the_process) {
    if (instrumented) {
        GTEST_SKIP() << "under a sanitizer, which makes calls of its own, the filter only logs";
    }
    const auto end = in_child([] {
        if (!gain_no_privileges() || !filter_calls({})) {
            return 1;
        }
        ::execl("/bin/true", "true", nullptr);
        return 2;
    });
    EXPECT_EQ(end.signal, SIGSYS);
}

// libc takes accounts that it cannot read for accounts that are not there.
TEST(landlock, accounts_that_cannot_be_read_are_not_absent) {
    if (landlock_version() < 2) {
        GTEST_SKIP() << "no Landlock here";
    }
    const ProcessEnd end = in_child([] {
        if (!gain_no_privileges() || !reach_only({{"/usr", "/lib", "/lib64"}, {}})) {
            return 1;
        }
        const auto user = find_user(987654321U);
        return user.has_value() || user.error().text.find("/etc/passwd") == std::string::npos ? 2 : 0;
    });
    EXPECT_EQ(end.exit_status, 0);
}

TEST(landlock, leaves_only_what_was_named) {
    if (landlock_version() < 2) {
        GTEST_SKIP() << "this kernel has no Landlock";
    }
    std::string folder = testing::TempDir() + "landlockXXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    for (const char* name : {"/read", "/write", "/other"}) {
        ASSERT_EQ(::mkdir((folder + name).c_str(), 0755), 0);
        ASSERT_GE(::open((folder + name + "/file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644), 0);
    }
    const auto opens = [&](const std::string& path, int flags) { return ::open((folder + path).c_str(), flags | O_CLOEXEC, 0644) >= 0; };
    const auto end = in_child([&] {
        if (!gain_no_privileges() || !reach_only({{folder + "/read", folder + "/missing"}, {folder + "/write"}})) {
            return 1;
        }
        if (!opens("/read/file", O_RDONLY) || opens("/read/file", O_WRONLY) || opens("/read/new", O_CREAT | O_WRONLY)) {
            return 2;
        }
        if (!opens("/write/new", O_CREAT | O_WRONLY) || ::mkdir((folder + "/write/sub").c_str(), 0755) != 0 ||
            ::rename((folder + "/write/new").c_str(), (folder + "/write/sub/new").c_str()) != 0) {
            return 3;
        }
        return opens("/other/file", O_RDONLY) ? 4 : 0;
    });
    EXPECT_EQ(end.exit_status, 0);
    EXPECT_EQ(end.signal, 0);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace posthouse::os
