// How this program was started, and how one that is to take its place is started likewise.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/supervisor/fork_process.h"

namespace shoal::cluster {

struct launch {
  /// Absolute: as it was called, so that a path that leads elsewhere now leads to the next version;
  /// found by PATH: what it led to.
  std::string binary;
  std::vector<std::string> arguments;  ///< argv[0] too
};

/// Of this process or another one, from /proc. A path that is not absolute is taken from the
/// present directory.
[[nodiscard]] launch read_launch(const std::string& process = "self");

/// A program that can be started again whatever lies at its path by then.
struct kept_program {
  launch started;
  descriptor file;

  /// What is to be executed: its own path where that still leads to it.
  [[nodiscard]] std::string path() const;
};

/// The one that a process executes; none if that cannot be seen.
[[nodiscard]] std::optional<kept_program> keep_program(pid_t of);

/// Nothing: it can be executed; else why not.
[[nodiscard]] result<void> check_binary(const std::string& path);

/// `binary` with these arguments, the environment, and `more` ("NAME=value") in that; of our
/// descriptors with `keep`. Its end of the channel is in the environment, as heritage_variable. It
/// dies with us until it says otherwise (be_free()).
[[nodiscard]] result<forked_process> start_heir(const std::string& binary,
                                                const std::vector<std::string>& arguments,
                                                const std::vector<int>& keep,
                                                const std::vector<std::string>& more);

/// Whoever has started this process may end from now on.
void be_free() noexcept;

}  // namespace shoal::cluster
