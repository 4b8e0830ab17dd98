#pragma once

#include <sys/resource.h>

namespace shoal {

/// Raises this process's limit of open descriptors to what it may be without a privilege, and says
/// what that is. For programs that open as many as they are told to; a server has its own terms
/// (cluster/descriptor_budget.h).
inline rlim_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace shoal
