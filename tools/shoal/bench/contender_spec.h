// The names by which contenders stand in plans and results.
//
//   uring, epoll, asio            our HTTP engine on that driver
//   uring without FEATURE         io/uring_features.h has them, and those of:
//   uring with FEATURE
//   epoll slower 5                with so many percent more CPU time: for tests of what measures it
//   dispatch ebpf                 a cluster of ours whose connections find their workers so
//   nginx, haproxy, node, ...     another program
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::bench {

struct contender_spec {
  std::string program;  ///< "uring", "epoll", "asio", "nginx", ...
  std::vector<std::string> without;
  std::vector<std::string> with;
  unsigned slower_percent = 0;
  std::string dispatch;  ///< of a cluster: "ebpf", "cbpf", "handoff", "reuseport" or "shared"

  /// One worker of ours and nothing beside it.
  [[nodiscard]] bool ours() const noexcept {
    return program == "uring" || program == "epoll" || program == "asio";
  }
  [[nodiscard]] bool cluster() const noexcept { return !dispatch.empty(); }
};

/// Errors: a feature that there is not, or words that mean nothing behind a name. Whether a program
/// of another's is there is not looked at.
[[nodiscard]] result<contender_spec> parse_contender(std::string_view text);

}  // namespace shoal::bench
