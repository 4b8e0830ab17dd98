// Why this process cannot have an io_uring, and what cures it.
#pragma once

#include <string>
#include <string_view>

namespace shoal::io::uring {

/// What else decides. The defaults mean "not known".
struct uring_surroundings {
  int disabled_sysctl = -1;      ///< kernel.io_uring_disabled: 0, 1 or 2
  std::string kernel_release;    ///< "6.1.0-13-amd64"
  long long memlock_limit = -1;  ///< bytes
};

/// Asks /proc, uname and getrlimit. `proc` is another tree in tests.
[[nodiscard]] uring_surroundings look_around(const std::string& proc = "/proc");

/// One line, no full stop: the reason and the cure. `code` is an errno from opening a ring.
[[nodiscard]] std::string why_no_uring(int code, const uring_surroundings&);

struct feature_needs {
  std::string_view name;    ///< io/uring_features.h
  std::string_view kernel;  ///< "6.9", the first that has it
};

/// The same for a feature that this kernel does not have, or refuses.
[[nodiscard]] std::string why_no_feature(const feature_needs&, int code, const uring_surroundings&);

}  // namespace shoal::io::uring
