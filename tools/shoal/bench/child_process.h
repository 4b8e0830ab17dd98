// A program that is started, waited for and ended: servers and generators.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "bench/child_keeper.h"
#include "topology/cpu_list.h"

namespace shoal::bench {

struct command_line {
  std::vector<std::string> words;  ///< the program first, as execvp finds it
  topology::cpu_list cpus = {};    ///< that it and all it starts are kept on; empty: any
  std::string directory = {};      ///< that it starts in; "": this one
  bool output_is_read = true;      ///< by us; else what it prints on stdout goes nowhere
};

/// Asked while something is waited for: true ends the wait. A signal's handler may set what it
/// says.
using interruption = std::function<bool()>;

/// In a session of its own, so that a terminal's Ctrl-C is for us alone. Neither it nor what it has
/// started outlives us, unless that has made a session of its own.
class child_process final {
 public:
  /// Errors: it could not be started; its name is in the message.
  [[nodiscard]] static result<child_process> start(const command_line& what);

  child_process(child_process&&) noexcept;
  child_process& operator=(child_process&&) = delete;
  ~child_process();  ///< kills it, and what it has started

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Whether it has ended by now.
  [[nodiscard]] bool ended() noexcept;

  /// Of one that has: "with exit code 1", "by signal 9 (Killed)".
  [[nodiscard]] std::string how_it_ended() const;

  /// The next line of its standard output. Errors: it has ended, was too slow, or we were
  /// interrupted (EINTR).
  [[nodiscard]] result<std::string> read_line(monotonic_time until, const interruption& stop);

  /// Waits for its end, reading what it prints. Its exit code, or 128 + the signal that ended it.
  /// Errors: as for read_line().
  [[nodiscard]] result<int> wait(monotonic_time until, const interruption& stop);

  /// Of standard output, but for lines that were read.
  [[nodiscard]] const std::string& output() const noexcept { return output_; }

  /// The end of what it has said on stderr, for a message: at most three lines.
  [[nodiscard]] std::string last_words() const;

  /// SIGTERM, and SIGKILL if that has not ended it after a second.
  void stop() noexcept;

 private:
  child_process(pid_t pid, descriptor process, descriptor output, child_keeper keeper) noexcept;
  [[nodiscard]] result<bool> read_more(monotonic_time until, const interruption& stop);
  void reap() noexcept;

  pid_t pid_ = -1;
  descriptor process_;  // a pidfd
  descriptor out_;
  child_keeper keeper_;
  std::string output_;
  int status_ = 0;
  bool reaped_ = false;
};

/// The file that this process runs.
[[nodiscard]] std::string own_program();

/// For poll(): rounded up, so that it is not asked again at once; -1 for never.
[[nodiscard]] int milliseconds_until(monotonic_time until) noexcept;

/// False: `stop` has said so.
[[nodiscard]] bool sleep_until(monotonic_time until, const interruption& stop) noexcept;

}  // namespace shoal::bench
