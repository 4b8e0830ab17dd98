// io_uring is denied for real, by a seccomp filter in a child, and the choice must say so.
#include "io/open.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/descriptor.h"

namespace shoal::io {
namespace {

constexpr unsigned io_uring_setup = 425, io_uring_enter = 426, io_uring_register = 427;

// From now on this process and its children get `code` from the system call. No way back.
bool deny(unsigned call, int code) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(code)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = std::size(program), .filter = program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// What a child that is denied the call writes down: one line for each way to ask.
std::string told_when_denied(unsigned call, int code) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  descriptor read_end(ends[0]), write_end(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string told = deny(call, code) ? "" : "no filter\n";
    const auto automatic = choose_driver(driver_kind::automatic);
    told += automatic.value().kind == driver_kind::epoll ? "auto: epoll, " : "auto: uring, ";
    told += automatic.value().fallback_reason + '\n';
    const auto insisted = choose_driver(driver_kind::uring);
    told += "uring: " + (insisted ? std::string("yes") : insisted.error().message) + '\n';
    const auto opened = open_driver(driver_kind::automatic);
    told += "opened: " + std::string(opened.value()->name()) + '\n';
    told += "refused: " + std::to_string(!open_driver(driver_kind::uring)) + '\n';
    const ssize_t n = ::write(write_end.get(), told.data(), told.size());
    ::_exit(n == static_cast<ssize_t>(told.size()) ? 0 : 1);
  }
  write_end.reset();
  std::string told;
  char piece[4096];
  for (ssize_t n; (n = ::read(read_end.get(), piece, sizeof piece)) > 0;) {
    told.append(piece, static_cast<std::size_t>(n));
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return told;
}

void expect_fallback(const std::string& told, const std::string& reason) {
  const auto line = told.find("auto: epoll, io_uring ");
  ASSERT_EQ(line, 0U) << told;
  EXPECT_NE(told.find(reason), std::string::npos) << told;
  const std::string said = told.substr(13, told.find('\n') - 13);
  EXPECT_NE(told.find("\nuring: " + said + '\n'), std::string::npos) << "another line: " << told;
  EXPECT_NE(told.find("\nopened: epoll\nrefused: 1\n"), std::string::npos) << told;
}

TEST(OpenDriver, FallsBackAndNamesTheFilterThatDeniesTheRing) {
  expect_fallback(told_when_denied(io_uring_setup, EPERM), "seccomp filter");
}

TEST(OpenDriver, FallsBackWhereTheKernelSeemsToHaveNoRings) {
  expect_fallback(told_when_denied(io_uring_setup, ENOSYS), "CONFIG_IO_URING");
}

TEST(OpenDriver, FallsBackWhereRingsGetNoMemory) {
  expect_fallback(told_when_denied(io_uring_setup, ENOMEM), "RLIMIT_MEMLOCK");
}

TEST(OpenDriver, FallsBackWhereTheKernelIsTooOld) {
  expect_fallback(told_when_denied(io_uring_setup, EINVAL), "too old: 6.1");
}

TEST(OpenDriver, FallsBackWhereAFilterDeniesOnlyEntering) {
  expect_fallback(told_when_denied(io_uring_enter, EPERM), "seccomp filter");
}

TEST(OpenDriver, FallsBackWhereAFilterDeniesOnlyRegistering) {
  expect_fallback(told_when_denied(io_uring_register, EPERM), "seccomp filter");
}

TEST(OpenDriver, OpensWhatWasChosenAndLeavesNothingOpen) {
  const descriptor before(::dup(0));
  const auto choice = choose_driver(driver_kind::automatic);
  const descriptor after(::dup(0));
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(after.get(), before.get() + 1);
  const auto opened = open_driver(choice.value().kind);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened.value()->name(), choice.value().kind == driver_kind::uring ? "uring" : "epoll");
  EXPECT_EQ(choice.value().fallback_reason.empty(), choice.value().kind == driver_kind::uring);
}

TEST(OpenDriver, EpollIsNeverAFallbackWhenAskedFor) {
  const auto choice = choose_driver(driver_kind::epoll);
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice.value().kind, driver_kind::epoll);
  EXPECT_EQ(choice.value().fallback_reason, "");
  EXPECT_EQ(open_driver(driver_kind::epoll).value()->name(), "epoll");
}

TEST(OpenDriver, KnowsThreeNames) {
  driver_kind kind{};
  EXPECT_TRUE(parse_driver_kind("auto", kind));
  EXPECT_EQ(kind, driver_kind::automatic);
  EXPECT_TRUE(parse_driver_kind("uring", kind));
  EXPECT_EQ(kind, driver_kind::uring);
  EXPECT_TRUE(parse_driver_kind("epoll", kind));
  EXPECT_EQ(kind, driver_kind::epoll);
  for (const char* wrong : {"", "io_uring", "Epoll", "auto ", "sim"}) {
    EXPECT_FALSE(parse_driver_kind(wrong, kind)) << wrong;
  }
  EXPECT_EQ(kind, driver_kind::epoll);
}

}  // namespace
}  // namespace shoal::io
