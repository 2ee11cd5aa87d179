#include "os/call_filter.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <initializer_list>

#include "os/call_list.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
constexpr long numbers_end = 0x40000000;  // beyond: the x32 numbers, another door to the same calls
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
constexpr long numbers_end = 0x7fffffff;
#else
#define POSTHOUSE_NO_CALL_FILTER
constexpr std::uint32_t architecture = 0;
constexpr long numbers_end = 0;
#endif

// Sanitizers trace their own process, and run a program that explains addresses.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool instrumented = true;
#else
constexpr bool instrumented = false;
#endif

constexpr std::uint32_t refuse = instrumented ? SECCOMP_RET_LOG : SECCOMP_RET_TRAP;
constexpr std::uint32_t kill_process = instrumented ? SECCOMP_RET_LOG : SECCOMP_RET_KILL_PROCESS;

class Writer {
public:
    void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
    void load_argument(unsigned number) { load(offsetof(seccomp_data, args) + number * sizeof(std::uint64_t)); }  // little endian: its low half
    void give(std::uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }
    void give_if_equal(std::uint32_t value, std::uint32_t verdict) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
        give(verdict);
    }
    void give_if_any_bit(std::uint32_t bits, std::uint32_t verdict) {
        add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
        give(verdict);
    }
    void give_if_at_least(std::uint32_t value, std::uint32_t verdict) {
        add(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1);
        give(verdict);
    }
    /// The call's argument must be one of the values.
    void allow_with(long call, unsigned argument, std::initializer_list<std::uint32_t> values) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, static_cast<std::uint8_t>(2 + 2 * values.size()));
        load_argument(argument);
        for (const std::uint32_t value : values) {
            give_if_equal(value, SECCOMP_RET_ALLOW);
        }
        give(refuse);
    }
    /// Anything but that value.
    void allow_unless(long call, unsigned argument, std::uint32_t value) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4);
        load_argument(argument);
        give_if_equal(value, refuse);
        give(SECCOMP_RET_ALLOW);
    }
    std::vector<sock_filter> program;

private:
    void add(unsigned code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
        program.push_back({static_cast<std::uint16_t>(code), if_true, if_false, value});
    }
};

constexpr int numbers_max = 1024;
std::array<std::atomic<bool>, numbers_max> refused{};
std::atomic<std::uint64_t> refused_count = 0;

// In a signal handler of the thread that called: the call has not been made and fails.
void on_refused(int, siginfo_t* info, void* context) {
    if (info->si_code != 1 /* SYS_SECCOMP */) {
        return;
    }
    ++refused_count;
    if (info->si_syscall >= 0 && info->si_syscall < numbers_max) {
        refused[static_cast<std::size_t>(info->si_syscall)] = true;
    }
    auto* state = static_cast<ucontext_t*>(context);
#if defined(__x86_64__)
    state->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
    state->uc_mcontext.regs[0] = static_cast<unsigned long long>(-EPERM);
#else
    static_cast<void>(state);
#endif
}

}  // namespace

std::vector<sock_filter> call_filter(CallRights rights) {
    Writer to;
    to.load(offsetof(seccomp_data, arch));
    to.program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, architecture});
    to.give(SECCOMP_RET_KILL_PROCESS);
    to.load(offsetof(seccomp_data, nr));
    to.give_if_at_least(static_cast<std::uint32_t>(numbers_end), SECCOMP_RET_KILL_PROCESS);
    for (const long call : calls::allowed) {
        to.give_if_equal(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
    }
    for (const long call : calls::deadly) {
        to.give_if_equal(static_cast<std::uint32_t>(call), kill_process);
    }
    const auto self = static_cast<std::uint32_t>(::getpid());
    to.allow_with(SYS_socket, 0, {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK});
    to.allow_with(SYS_ioctl, 1, {FIONBIO, FIONREAD, TCGETS, TIOCGWINSZ});
    to.allow_with(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS, 0x53564d41 /* PR_SET_VMA */});
    to.allow_with(SYS_kill, 0, {self});
    to.allow_with(SYS_tgkill, 0, {self});
    if (rights.act_for_others) {
        to.allow_unless(SYS_setfsuid, 0, 0);
        to.allow_unless(SYS_setfsgid, 0, 0);
        to.give_if_equal(SYS_setgroups, SECCOMP_RET_ALLOW);
    }
    // Threads, not processes. The arguments of clone3 cannot be seen: libc goes back to clone when there is none.
    to.give_if_equal(SYS_clone3, instrumented ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | ENOSYS);
    to.program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_clone});
    to.load_argument(0);
    to.give_if_any_bit(CLONE_THREAD, SECCOMP_RET_ALLOW);
    to.give(refuse);
    to.give(refuse);
    return std::move(to.program);
}

base::Result<void> filter_calls(CallRights rights) {
#ifdef POSTHOUSE_NO_CALL_FILTER
    return base::fail(base::ErrorKind::unavailable, "the filter does not know this processor's system calls");
#endif
    struct sigaction action {};
    action.sa_sigaction = on_refused;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    if (::sigaction(SIGSYS, &action, nullptr) != 0) {
        return fail_os(errno, "sigaction");
    }
    std::vector<sock_filter> program = call_filter(rights);
    const sock_fprog request{static_cast<unsigned short>(program.size()), program.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &request, 0, 0) != 0) {
        return fail_os(errno, "seccomp");
    }
    return {};
}

std::vector<int> take_refused_calls() {
    std::vector<int> out;
    for (std::size_t number = 0; number < refused.size(); ++number) {
        if (refused[number].exchange(false)) {
            out.push_back(static_cast<int>(number));
        }
    }
    return out;
}

std::uint64_t refused_calls_count() { return refused_count; }

}  // namespace posthouse::os
