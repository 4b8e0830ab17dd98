#include "cluster/rights/allowed_calls.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

namespace shoal::cluster {
namespace {

constexpr call_group groups[] = {
    {"the allocator, stacks of threads, mapped files; pages on the node of a process",
     "brk mmap munmap mremap mprotect madvise msync mincore mlock mlock2 munlock mbind "
     "membarrier memfd_create get_mempolicy set_mempolicy"},
    {"locks, threads that begin and end, pinned ones and those that give way",
     "futex futex_waitv set_robust_list get_robust_list rseq gettid getpid exit exit_group "
     "getcpu getpriority setpriority sched_yield sched_getaffinity sched_setaffinity "
     "sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler "
     "sched_setscheduler sched_get_priority_max sched_get_priority_min"},
    {"handlers of signals, and waiting for them",
     "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait "
     "sigaltstack signalfd4 pause restart_syscall"},
    {"clocks, sleep and timers",
     "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times "
     "getrusage timerfd_create timerfd_settime timerfd_gettime timer_create timer_settime "
     "timer_gettime timer_getoverrun timer_delete getitimer setitimer alarm"},
    {"the epoll driver, the main thread and whoever waits for descriptors",
     "epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select "
     "pselect6 eventfd2 inotify_init1 inotify_add_watch inotify_rm_watch"},
    {"descriptors that are there", "close close_range dup dup2 dup3 pipe pipe2"},
    {"clients, upstreams, names that are looked up, notes to the supervisor",
     "bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt "
     "shutdown sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg"},
    {"bytes of all of them",
     "read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek "
     "sendfile splice tee copy_file_range fadvise64 readahead"},
    {"files that are served, uploaded, logged to, or a handler's database",
     "open openat openat2 creat stat lstat fstat newfstatat statx statfs fstatfs access "
     "faccessat faccessat2 readlink readlinkat getdents64 getcwd mkdir mkdirat rmdir unlink "
     "unlinkat rename renameat renameat2 link linkat symlink symlinkat truncate ftruncate "
     "fallocate fsync fdatasync sync_file_range flock chmod fchmod fchmodat utimensat umask "
     "chown fchown fchownat"},
    {"who and where it is, and random bytes",
     "uname sysinfo getrandom getuid geteuid getgid getegid getresuid getresgid getgroups "
     "getppid getpgrp getpgid getsid capget"},
    {"a filter can only take away; ours does so once more when all rings are open", "seccomp"},
};

constexpr call_group rings = {"the io_uring driver",
                              "io_uring_setup io_uring_enter io_uring_register"};

constexpr std::uint64_t int_bits = 0xffff'ffff;  // above them an int's register may hold anything

argument_rule is(unsigned argument, std::uint64_t value) {
  return {argument, int_bits, value & int_bits};
}

void add(std::vector<narrow_call>& out, std::string_view name, std::vector<argument_rule> rules) {
  out.push_back({name, std::move(rules)});
}

/// No packets below IP, no VSOCK, no Bluetooth. NETLINK_ROUTE is asked when a name is looked up.
void add_families(std::vector<narrow_call>& out) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) {
    add(out, "socket", {is(0, static_cast<unsigned>(family))});
  }
  add(out, "socket", {is(0, AF_NETLINK), is(2, NETLINK_ROUTE)});
  add(out, "socketpair", {is(0, AF_UNIX)});
}

/// Of a thread, and in no other namespace.
void add_threads(std::vector<narrow_call>& out) {
  constexpr std::uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                       CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  add(out, "clone", {{0, CLONE_THREAD | namespaces, CLONE_THREAD}});
}

/// abort(), the stack of a thread that is stuck, a handler that has its process drained. Process
/// groups (0) have the supervisor in them.
void add_own_signals(std::vector<narrow_call>& out, pid_t self) {
  const auto pid = static_cast<unsigned>(self);
  add(out, "kill", {is(0, pid)});
  add(out, "tgkill", {is(0, pid)});
}

/// A copy that fails where there is no memory: the stack of a thread that is stuck is read so.
/// Where pages lie is asked, and none is moved.
void add_own_memory(std::vector<narrow_call>& out, pid_t self) {
  add(out, "process_vm_readv", {is(0, static_cast<unsigned>(self))});
  add(out, "move_pages", {is(0, 0), is(3, 0)});
}

/// Not TIOCSTI, which types on the terminal of whoever has started the server.
void add_device_questions(std::vector<narrow_call>& out) {
  for (const unsigned long question : {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX}) {
    add(out, "ioctl", {is(1, question)});
  }
}

/// Not F_SETOWN and F_SETSIG, by which a socket signals whomever one likes.
void add_descriptor_questions(std::vector<narrow_call>& out) {
  for (const int question : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK,
                             F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW,
                             F_GETPIPE_SZ, F_SETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS}) {
    add(out, "fcntl", {is(1, static_cast<unsigned>(question))});
  }
}

/// Names of threads and of memory. Not PR_SET_DUMPABLE, which would open it to its user.
void add_names(std::vector<narrow_call>& out) {
  constexpr unsigned name_memory = 0x53564d41;  // PR_SET_VMA, which allocators use
  for (const unsigned what : {unsigned{PR_SET_NAME}, unsigned{PR_GET_NAME}, name_memory}) {
    add(out, "prctl", {is(0, what)});
  }
}

}  // namespace

std::span<const call_group> allowed_calls() noexcept { return groups; }

const call_group& calls_of_rings() noexcept { return rings; }

std::vector<narrow_call> narrow_calls(pid_t self) {
  std::vector<narrow_call> out;
  add_families(out);
  add_threads(out);
  add_own_signals(out, self);
  add_own_memory(out, self);
  add_device_questions(out);
  add_descriptor_questions(out);
  add_names(out);
  add(out, "prlimit64", {is(0, 0)});  // its own limits
  return out;
}

}  // namespace shoal::cluster
