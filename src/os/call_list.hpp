#pragma once
// Which system calls a server makes: what it does itself, and what libc, OpenSSL, SQLite, libunbound and the clients of databases do.
#include <sys/syscall.h>

#include <array>

namespace posthouse::os::calls {

// The most frequent first: without the kernel's cache each call walks the list.
inline constexpr std::array allowed{
    SYS_read, SYS_write, SYS_epoll_pwait, SYS_futex, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_pread64, SYS_pwrite64,
    SYS_close, SYS_epoll_ctl, SYS_clock_gettime, SYS_fdatasync, SYS_fsync, SYS_readv, SYS_writev, SYS_preadv, SYS_pwritev,
    SYS_openat, SYS_fstat, SYS_statx, SYS_newfstatat, SYS_lseek, SYS_close_range,
#ifdef SYS_epoll_wait
    SYS_epoll_wait, SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_pipe, SYS_select, SYS_poll, SYS_epoll_create, SYS_eventfd, SYS_dup2, SYS_time,
    SYS_getpgrp, SYS_arch_prctl, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_link, SYS_readlink, SYS_chmod, SYS_chown, SYS_getdents, SYS_utimes,
    SYS_alarm,
#endif
    // memory
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_msync, SYS_mincore, SYS_mlock, SYS_munlock, SYS_membarrier,
    // signals, threads, time
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_sigaltstack, SYS_set_robust_list,
    SYS_get_robust_list, SYS_set_tid_address, SYS_rseq, SYS_exit, SYS_exit_group, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_sched_getparam,
    SYS_sched_getscheduler, SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_getres, SYS_gettimeofday,
    SYS_restart_syscall, SYS_getitimer, SYS_setitimer, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_eventfd2, SYS_signalfd4,
    // who and where we are
    SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_getpgid, SYS_getsid,
    SYS_capget, SYS_capset, SYS_uname, SYS_sysinfo, SYS_times, SYS_getrusage, SYS_getrlimit, SYS_setrlimit, SYS_prlimit64, SYS_getpriority, SYS_setpriority,
    SYS_getrandom, SYS_umask, SYS_getcwd,
    // waiting and descriptors
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_pwait2, SYS_pipe2, SYS_dup, SYS_dup3, SYS_fcntl, SYS_flock,
    // sockets; which families, see below
    SYS_connect, SYS_accept, SYS_accept4, SYS_shutdown, SYS_bind, SYS_listen, SYS_getsockname, SYS_getpeername, SYS_setsockopt, SYS_getsockopt, SYS_socketpair,
    SYS_sendmmsg, SYS_recvmmsg, SYS_sendfile,
    // files
    SYS_faccessat, SYS_faccessat2, SYS_openat2, SYS_readlinkat, SYS_getdents64, SYS_statfs, SYS_fstatfs, SYS_renameat, SYS_renameat2, SYS_mkdirat, SYS_unlinkat,
    SYS_linkat, SYS_truncate, SYS_ftruncate, SYS_fallocate, SYS_sync_file_range, SYS_fadvise64, SYS_readahead, SYS_preadv2, SYS_pwritev2, SYS_copy_file_range,
    SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat};

// Nobody calls these by mistake. (Kerberos asks the keys of the kernel for credentials, when a client library merely looks: those calls just fail.)
inline constexpr std::array deadly{
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare,
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_open_by_handle_at,
    SYS_reboot, SYS_swapon};

}  // namespace posthouse::os::calls
