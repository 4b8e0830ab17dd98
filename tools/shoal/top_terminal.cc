#include "top_terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace shoal::tool {
namespace {

constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";  // screen, cursor, wrap
constexpr std::string_view leave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

// What a handler of a fatal signal must find.
termios saved;
bool has_keys = false;  // stdin is a terminal, and `saved` its settings

bool write_all(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto wrote = ::write(STDOUT_FILENO, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return false;
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

void take() noexcept {
  has_keys = ::tcgetattr(STDIN_FILENO, &saved) == 0;
  if (has_keys) {
    termios unseen = saved;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    unseen.c_cc[VMIN] = 1;
    unseen.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
  }
  write_all(enter);
}

// Async-signal-safe: tcsetattr() and write() are.
void give_back() noexcept {
  write_all(leave);
  if (has_keys) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
}

void give_back_and_die(int signal) {
  give_back();
  ::raise(signal);  // SA_RESETHAND: this time it ends the process
}

constexpr int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

void set_fatal(void (*handler)(int)) noexcept {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  for (const int signal : fatal_signals) ::sigaction(signal, &action, nullptr);
}

}  // namespace

terminal::terminal() noexcept {
  take();
  set_fatal(&give_back_and_die);
}

terminal::~terminal() {
  set_fatal(SIG_DFL);
  give_back();
}

void terminal::suspend() noexcept {
  give_back();
  ::raise(SIGSTOP);
  take();
}

screen_size terminal::size() const noexcept {
  winsize w{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0) return {};
  return {.lines = w.ws_row, .columns = w.ws_col};
}

bool terminal::show(std::string_view frame) noexcept { return write_all(frame); }

std::string_view terminal::typed(char (&buffer)[64]) noexcept {
  const auto got = ::read(STDIN_FILENO, buffer, sizeof buffer);
  return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

}  // namespace shoal::tool
