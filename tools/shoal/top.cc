// shoal top: the workers of running servers, live. It reads shared memory and /proc alone, so it
// shows also what all workers are stuck in.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "commands.h"
#include "shm/load_finder.h"
#include "status_report.h"
#include "top_screen.h"
#include "top_terminal.h"

namespace shoal::tool {
namespace {

struct top_options {
  double interval = 1;  ///< seconds
  bool once = false;
  std::optional<std::uint64_t> pid;

  [[nodiscard]] nanoseconds period() const noexcept {
    return nanoseconds(static_cast<std::int64_t>(interval * 1e9));
  }
};

/// Looking for segments means a look at every descriptor of the machine, so it is not done for each
/// frame; looking at a segment costs next to nothing.
class servers final {
 public:
  explicit servers(std::optional<std::uint64_t> pid) : pid_(pid) {}

  std::vector<server_report> look() {
    const auto now = read_clock();
    if (now >= find_again_) {
      found_ = shm::find_load_segments();
      find_again_ = now + std::chrono::seconds(2);
    }
    std::vector<server_report> reports;
    for (const auto& segment : found_.segments) {
      auto report = describe(segment);
      if (!pid_ || report.has_process(*pid_)) reports.push_back(std::move(report));
    }
    return reports;
  }

  /// Segments that could not be read.
  [[nodiscard]] const std::vector<error>& refused() const noexcept { return found_.refused; }

 private:
  std::optional<std::uint64_t> pid_;
  shm::found_segments found_;
  monotonic_time find_again_{};
};

int tell_nobody(const servers& all) {
  for (const error& e : all.refused()) std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  std::fputs("no shoal server is running (for this user)\n", stderr);
  return exit_no_server;
}

/// Into a file or a pipe: frames one after another, until there is no server.
int print_frames(const top_options& options) {
  servers all(options.pid);
  for (bool first = true;; first = false) {
    const auto reports = all.look();
    if (reports.empty()) return first ? tell_nobody(all) : exit_ok;
    const auto text = (first ? "" : "\n") + to_plain(compose(reports, {}));
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) return exit_failure;
    if (options.once) return exit_ok;
    std::this_thread::sleep_for(options.period());
  }
}

descriptor open_signals() {
  sigset_t heeded;
  ::sigemptyset(&heeded);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) {
    ::sigaddset(&heeded, signal);
  }
  ::sigprocmask(SIG_BLOCK, &heeded, nullptr);
  return descriptor(::signalfd(-1, &heeded, SFD_CLOEXEC));
}

/// On a terminal: one screen, until the user leaves.
class live_top final {
 public:
  explicit live_top(const top_options& options)
      : options_(options), all_(options.pid), signals_(open_signals()) {}

  int run() {
    while (!exit_code_) {
      const auto next = read_clock() + options_.period();
      show();
      while (!exit_code_ && read_clock() < next) wait(next);
    }
    return *exit_code_;
  }

 private:
  void show() {
    if (!screen_.show(paint(compose(all_.look(), view_), view_, screen_.size()))) {
      exit_code_ = exit_failure;
    }
  }

  /// For a key, a signal or the next frame.
  void wait(monotonic_time until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - read_clock());
    pollfd sources[] = {{signals_.get(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (::poll(sources, 2, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0) return;
    if (sources[0].revents != 0) heed_signal();
    if (sources[1].revents != 0) heed_user();
    if (!exit_code_) show();
  }

  void heed_signal() {
    signalfd_siginfo what{};
    if (::read(signals_.get(), &what, sizeof what) != sizeof what) return;
    const int signal = static_cast<int>(what.ssi_signo);
    if (signal == SIGINT) {
      exit_code_ = exit_ok;
    } else if (signal == SIGTSTP) {
      screen_.suspend();
    } else if (signal != SIGWINCH) {
      exit_code_ = 128 + signal;  // as a shell says it
    }
  }

  void heed_user() {
    char buffer[64];
    const auto keys = terminal::typed(buffer);
    if (keys.empty() || !heed_keys(keys, view_, screen_.size())) exit_code_ = exit_ok;
  }

  const top_options& options_;
  servers all_;
  descriptor signals_;
  terminal screen_;
  top_view view_;
  std::optional<int> exit_code_;
};

int run_top(const top_options& options) {
  if (options.once || ::isatty(STDOUT_FILENO) == 0) return print_frames(options);
  return live_top(options).run();
}

}  // namespace

void add_top(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<top_options>();
  CLI::App* const command = app.add_subcommand("top", "Shows the workers of running servers, live");
  command->add_option("--interval", options->interval, "Seconds between two frames; 1 if not given")
      ->check(CLI::Range(0.05, 3600.0))
      ->type_name("SECONDS");
  command->add_flag("--once", options->once, "Print one frame as plain lines and end");
  command->add_option("--pid", options->pid, "Only the server that this process belongs to")
      ->type_name("PID");
  command->callback([options, &exit_code] { exit_code = run_top(*options); });
}

}  // namespace shoal::tool
