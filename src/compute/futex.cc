#include "compute/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace shoal::compute {
namespace {

/// CLOCK_MONOTONIC, which FUTEX_WAIT_BITSET takes as it is.
timespec as_timespec(monotonic_time time) noexcept {
  const auto ns = std::max(time.time_since_epoch().count(), nanoseconds::rep{0});
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace

static_assert(sizeof(io::thread_atomic<std::uint32_t>) == 4, "the kernel looks at the word itself");

bool futex::wait(io::thread_atomic<std::uint32_t>& word, std::uint32_t value,
                 monotonic_time until) noexcept {
  const timespec deadline = as_timespec(until);
  const long answer =
      ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value,
                until == never ? nullptr : &deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
  return answer == 0 || errno != ETIMEDOUT;
}

void futex::wake_one(io::thread_atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
}

}  // namespace shoal::compute
