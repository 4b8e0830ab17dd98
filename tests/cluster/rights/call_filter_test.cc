// The filter in a child: what it lets through, and what ends the child.
#include "cluster/rights/call_filter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "cluster/rights/rights.h"
#include "support/child_process.h"

namespace shoal::cluster {
namespace {

constexpr int passed = 7;

/// How a child ends that makes these calls under this filter: 128 + n where signal n ends it.
int end_of(const call_filter& filter, const std::function<void()>& calls) {
  shoal::testing::child_process child([&] {
    gain_no_rights();
    if (!confine(filter, true)) ::_exit(90);
    calls();
    ::_exit(passed);
  });
  const int status = child.wait();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

const call_filter killing{.mode = filter_mode::kill};
constexpr int killed = 128 + SIGSYS;

void trace() { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }

class CallFilter : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto can = can_filter(killing); !can) GTEST_SKIP() << can.error().message;
  }
};

TEST_F(CallFilter, LetsThroughWhatServersDo) {
  const auto calls = [] {
    std::thread([] { ::sched_yield(); }).join();
    const int file = ::open("/proc/self/status", O_RDONLY);
    char bytes[16];
    [[maybe_unused]] const auto size = ::read(file, bytes, sizeof bytes);
    for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
      ::close(::socket(family, family == AF_NETLINK ? SOCK_RAW : SOCK_STREAM, 0));
    }
    ::epoll_create1(0);
    ::eventfd(0, 0);
    ::munmap(::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
    ::prctl(PR_SET_NAME, "child");
    ::isatty(2);
    ::fcntl(2, F_GETFL);
    ::kill(::getpid(), 0);
    ::process_vm_readv(::getpid(), nullptr, 0, nullptr, 0, 0);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
  };
  EXPECT_EQ(end_of(killing, calls), passed);
}

TEST_F(CallFilter, EndsWhoReachesForMore) {
  const std::pair<const char*, std::function<void()>> attempts[] = {
      {"ptrace", trace},
      {"fork", [] { ::fork(); }},
      {"fork as clone", [] { ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
      {"a namespace", [] { ::unshare(CLONE_NEWUSER); }},
      {"a program", [] { ::execl("/bin/true", "true", nullptr); }},
      {"a shell", [] { [[maybe_unused]] const int code = ::system("true"); }},
      {"a signal to the parent", [] { ::kill(::getppid(), 0); }},
      {"the parent's memory", [] { ::process_vm_readv(::getppid(), nullptr, 0, nullptr, 0, 0); }},
      {"a signal to the group", [] { ::kill(0, 0); }},
      {"a signal by a socket", [] { ::fcntl(0, F_SETOWN, ::getppid()); }},
      {"packets", [] { ::socket(AF_PACKET, SOCK_RAW, 0); }},
      {"audit by netlink", [] { ::socket(AF_NETLINK, SOCK_RAW, 9); }},
      {"typing on a terminal", [] { ::ioctl(0, TIOCSTI, "x"); }},
      {"being looked into", [] { ::prctl(PR_SET_DUMPABLE, 1); }},
      {"another's limits",
       [] {
         rlimit limit{};
         ::prlimit(::getppid(), RLIMIT_NOFILE, nullptr, &limit);
       }},
      {"BPF", [] { ::syscall(SYS_bpf, 0, nullptr, 0); }},
  };
  for (const auto& [what, attempt] : attempts) EXPECT_EQ(end_of(killing, attempt), killed) << what;
}

TEST_F(CallFilter, SaysNoToClone3SoThatTheLibraryTakesClone) {
  const auto calls = [] {
    if (::syscall(SYS_clone3, nullptr, 0) == -1 && errno == ENOSYS) return;
    ::_exit(1);
  };
  EXPECT_EQ(end_of(killing, calls), passed);
}

TEST_F(CallFilter, NamesTheCallForAHandlerOfTheSignal) {
  const auto calls = [] {
    struct sigaction action{};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t* told, void*) {
      const std::string_view name = name_of_call(told->si_syscall);
      ::_exit(name == "ptrace" && told->si_syscall == SYS_ptrace ? 3 : 4);
    };
    ::sigaction(SIGSYS, &action, nullptr);
    trace();
  };
  EXPECT_EQ(end_of(killing, calls), 3);
  EXPECT_STREQ(name_of_call(-1), "?");
  EXPECT_STREQ(name_of_call(1 << 20), "?");
}

TEST_F(CallFilter, HasNoWayRoundByABlockedOrIgnoredSignal) {
  const auto blocked = [] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    trace();
  };
  EXPECT_EQ(end_of(killing, blocked), killed);
  const auto ignored = [] {
    ::signal(SIGSYS, SIG_IGN);
    trace();
  };
  EXPECT_EQ(end_of(killing, ignored), killed);
}

TEST_F(CallFilter, AllowsWhatIsAskedForByNameOrNumber) {
  EXPECT_EQ(end_of({.mode = filter_mode::kill, .more = {"ptrace"}}, trace), passed);
  EXPECT_EQ(
      end_of({.mode = filter_mode::kill, .more = {std::to_string(SYS_ptrace), "read"}}, trace),
      passed);
  const auto signal_parent = [] { ::kill(::getppid(), 0); };
  EXPECT_EQ(end_of({.mode = filter_mode::kill, .more = {"kill"}}, signal_parent), passed);
}

TEST_F(CallFilter, ForbidsNothingWhereItOnlyLogsOrIsOff) {
  EXPECT_EQ(end_of({.mode = filter_mode::log}, trace), passed);
  EXPECT_EQ(end_of({}, trace), passed);
}

TEST_F(CallFilter, DeniesMoreRingsToAllThreadsOnceItIsTold) {
  const auto ask_for_one = [] { ::syscall(SYS_io_uring_setup, 0, nullptr); };
  EXPECT_EQ(end_of(killing, ask_for_one), passed);
  EXPECT_EQ(end_of(killing,
                   [&] {
                     if (!deny_more_rings(killing)) ::_exit(91);
                     ask_for_one();
                   }),
            killed);
  EXPECT_EQ(end_of(killing,
                   [&] {
                     std::atomic<bool> denied{false};
                     std::thread other([&] {
                       while (!denied) ::sched_yield();
                       ask_for_one();
                     });
                     if (!deny_more_rings(killing)) ::_exit(91);
                     denied = true;
                     other.join();
                   }),
            killed);
}

TEST_F(CallFilter, LeavesRingsToWhoAsksForThem) {
  const call_filter with_rings{.mode = filter_mode::kill, .more = {"io_uring_setup"}};
  EXPECT_EQ(end_of(with_rings,
                   [&] {
                     if (!deny_more_rings(with_rings)) ::_exit(91);
                     ::syscall(SYS_io_uring_setup, 0, nullptr);
                   }),
            passed);
}

TEST(CallFilterNames, AreThreeModesAndAllCalls) {
  EXPECT_EQ(parse_filter_mode("off"), filter_mode::off);
  EXPECT_EQ(parse_filter_mode("log"), filter_mode::log);
  EXPECT_EQ(parse_filter_mode("kill"), filter_mode::kill);
  for (const char* wrong : {"", "on", "Kill", "trap"}) EXPECT_FALSE(parse_filter_mode(wrong));
  for (const char* call : {"execve", "open", "0", "59", "1023"}) EXPECT_TRUE(is_system_call(call));
  for (const char* wrong : {"", "execv", "-1", "1024", "0x3b", "exec ve"}) {
    EXPECT_FALSE(is_system_call(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace shoal::cluster
