// A small process beside each one that is started, for what nobody does while we measure, or once
// we are gone.
//
// - It reads what the other says on stderr and keeps the end of it. A file would grow for as long
//   as the other talks, and a pipe that nobody reads would make it wait.
// - When we end, by kill -9 too, it kills the session of the other. PR_SET_PDEATHSIG does that for
//   one process, and not for those that it has forked.
//
// It sleeps unless something is said, and has no core of its own.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::bench {

inline constexpr std::size_t words_kept = 4096;

class child_keeper final {
 public:
  /// Of the session that `child` leads; `said` is the end of a pipe. Errors: no memory, no process.
  [[nodiscard]] static result<child_keeper> start(pid_t child, descriptor said);

  child_keeper(child_keeper&& other) noexcept;
  child_keeper& operator=(child_keeper&&) = delete;
  ~child_keeper();

  /// The last of what was said until now, at most words_kept bytes.
  [[nodiscard]] std::string words() const;

 private:
  struct notes;

  [[noreturn]] static void watch(pid_t child, int said, int life, notes& kept) noexcept;
  child_keeper(pid_t pid, notes* kept, descriptor said, descriptor life) noexcept;

  pid_t pid_ = -1;
  notes* kept_ = nullptr;  // shared with it
  descriptor said_;        // read by it alone; here to see whether something is left
  descriptor life_;        // the end that we hold: it closes when we are gone
};

}  // namespace shoal::bench
