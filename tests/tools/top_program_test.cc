// shoal top, as it is: on a terminal of its own, and into a pipe.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <cstdio>
#include <string>

#include "base/descriptor.h"
#include "shm/load_segment.h"
#include "shm/slot_writer.h"

namespace shoal::tool {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view given_back = "\x1b[?1049l";
constexpr int patience_ms = 20'000;  // a safety net

/// The program on a terminal of 24 lines and 100 columns, and we are the person before it.
class top_on_terminal final {
 public:
  explicit top_on_terminal(const std::string& pid) {
    winsize size{.ws_row = 24, .ws_col = 100};
    int ours = -1;
    int theirs = -1;
    SHOAL_CHECK(::openpty(&ours, &theirs, nullptr, nullptr, &size) == 0);
    ours_.reset(ours);
    theirs_.reset(theirs);
    ::tcgetattr(theirs, &before_);
    child_ = ::fork();
    if (child_ != 0) return;
    ::login_tty(theirs);
    ::execl(SHOAL_PROGRAM, SHOAL_PROGRAM, "top", "--pid", pid.c_str(), "--interval", "0.1",
            nullptr);
    ::_exit(127);
  }
  ~top_on_terminal() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  /// Everything up to `text`; all that came if it does not come.
  std::string until(std::string_view text) {
    seen_.clear();
    while (seen_.find(text) == std::string::npos) {
      pollfd source{ours_.get(), POLLIN, 0};
      char buffer[4096];
      if (::poll(&source, 1, patience_ms) <= 0) break;
      const auto got = ::read(ours_.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      seen_.append(buffer, static_cast<std::size_t>(got));
    }
    return seen_;
  }

  void type(std::string_view keys) {
    ASSERT_EQ(::write(ours_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  void resize(unsigned short columns) {
    const winsize size{.ws_row = 24, .ws_col = columns};
    ::ioctl(ours_.get(), TIOCSWINSZ, &size);
  }

  [[nodiscard]] pid_t pid() const { return child_; }

  int status() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return status;
  }

  /// Whether the terminal's settings are what they were.
  bool restored() {
    termios now{};
    ::tcgetattr(theirs_.get(), &now);
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag;
  }

 private:
  descriptor ours_;
  descriptor theirs_;
  termios before_{};
  pid_t child_ = -1;
  std::string seen_;
};

class ShoalTop : public ::testing::Test {
 protected:
  ShoalTop()
      : segment_(shm::load_segment::create(2, "top test", read_clock()).value()),
        writer_(segment_.slot(1), {.pid = static_cast<std::uint64_t>(::getpid())}, read_clock()),
        pid_(std::to_string(::getpid())) {
    segment_.set_dispatch("ebpf, least-loaded");
    writer_.set_state(shm::worker_state::ready);
    writer_.turn_began(read_clock() - 5s);  // and no turn ends any more
  }

  shm::load_segment segment_;
  shm::slot_writer writer_;
  std::string pid_;
};

TEST_F(ShoalTop, ShowsStuckWorkersAndLeavesTheTerminalAsItWasAtQ) {
  top_on_terminal top(pid_);
  const auto frame = top.until("q quit");
  EXPECT_TRUE(frame.starts_with("\x1b[?1049h")) << frame;
  EXPECT_THAT(frame, HasSubstr("top test: supervisor " + pid_));
  EXPECT_THAT(frame, HasSubstr("dispatch: ebpf, least-loaded"));
  EXPECT_THAT(frame, HasSubstr("\x1b[31m     1"));
  EXPECT_FALSE(top.restored());
  top.type("q");
  EXPECT_THAT(top.until(given_back), HasSubstr(given_back));
  EXPECT_EQ(top.status(), 0);
  EXPECT_TRUE(top.restored());
}

TEST_F(ShoalTop, LeavesTheTerminalAsItWasWhateverEndsIt) {
  struct end {
    int signal;
    int status;  // as of waitpid
  };
  for (const auto& [signal, status] : {end{SIGINT, 0}, end{SIGTERM, (128 + SIGTERM) << 8},
                                       end{SIGHUP, (128 + SIGHUP) << 8}, end{SIGFPE, SIGFPE}}) {
    top_on_terminal top(pid_);
    (void)top.until("q quit");
    ::kill(top.pid(), signal);
    EXPECT_THAT(top.until(given_back), HasSubstr(given_back)) << signal;
    EXPECT_EQ(top.status() & ~0x80, status) << signal;
    EXPECT_TRUE(top.restored()) << signal;
  }
}

TEST_F(ShoalTop, LeavesAtControlC) {
  top_on_terminal top(pid_);
  (void)top.until("q quit");
  top.type("\x03");
  EXPECT_THAT(top.until(given_back), HasSubstr(given_back));
  EXPECT_EQ(top.status(), 0);
}

TEST_F(ShoalTop, SortsByWhatTheUserChooses) {
  top_on_terminal top(pid_);
  EXPECT_THAT(top.until("q quit"), HasSubstr("q quit"));
  top.type(">");
  EXPECT_THAT(top.until("sort by busy"), HasSubstr("sort by busy"));
  top.type("r");
  EXPECT_THAT(top.until("sort by busy, reversed"), HasSubstr("reversed"));
}

TEST_F(ShoalTop, FollowsTheSizeOfTheTerminal) {
  top_on_terminal top(pid_);
  EXPECT_THAT(top.until("arrows scroll"), HasSubstr("arrows scroll"));
  top.resize(10);
  EXPECT_THAT(top.until("\x1b[7mq quit   <\x1b[0m"), HasSubstr("\x1b[7mq quit   <\x1b[0m"));
}

TEST_F(ShoalTop, GivesTheTerminalBackWhileItIsSuspended) {
  top_on_terminal top(pid_);
  (void)top.until("q quit");
  top.type("\x1a");  // Ctrl-Z
  EXPECT_THAT(top.until(given_back), HasSubstr(given_back));
  int status = 0;
  ASSERT_EQ(::waitpid(top.pid(), &status, WUNTRACED), top.pid());
  EXPECT_TRUE(WIFSTOPPED(status));
  EXPECT_TRUE(top.restored());
  ::kill(top.pid(), SIGCONT);
  EXPECT_THAT(top.until("q quit"), HasSubstr("\x1b[?1049h"));
  top.type("q");
  EXPECT_EQ(top.status(), 0);
}

std::string output_of(const std::string& arguments, int& exit_code) {
  std::string text;
  FILE* const pipe = ::popen((std::string(SHOAL_PROGRAM) + " " + arguments + " 2>&1").c_str(), "r");
  SHOAL_CHECK(pipe != nullptr);
  char buffer[4096];
  while (const std::size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe)) {
    text.append(buffer, bytes);
  }
  const int status = ::pclose(pipe);
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return text;
}

TEST_F(ShoalTop, PrintsPlainLinesIntoAPipe) {
  int exit_code = -1;
  const auto text = output_of("top --once --pid " + pid_, exit_code);
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(text, HasSubstr("top test: supervisor " + pid_));
  EXPECT_THAT(text, HasSubstr("in a turn for 5"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(ShoalTop, GoesOnPrintingIntoAPipeUntilItIsEnded) {
  int exit_code = -1;
  const auto text = output_of(
      "top --interval 0.05 --pid " + pid_ + " | head -n 13 | grep -c 'top test'", exit_code);
  EXPECT_EQ(text, "3\n") << "frames of five lines, one between them";
}

TEST(ShoalTopAlone, SaysThatNoServerIsThere) {
  int exit_code = -1;
  const auto text = output_of("top --once --pid " + std::to_string(::getpid()), exit_code);
  EXPECT_EQ(exit_code, 3);
  EXPECT_THAT(text, HasSubstr("no shoal server is running (for this user)\n"));
}

TEST(ShoalTopAlone, RefusesAnIntervalThatMakesNoSense) {
  int exit_code = -1;
  const auto text = output_of("top --interval 0", exit_code);
  EXPECT_EQ(exit_code, 2);
  EXPECT_THAT(text, HasSubstr("--interval"));
}

}  // namespace
}  // namespace shoal::tool
