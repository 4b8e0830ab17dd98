#include "cluster/node/thread_meter.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "base/clock.h"

namespace shoal::cluster {
namespace {

/// The second of the numbers of a file that is one line of them.
std::uint64_t second_number(const descriptor& file) noexcept {
  char line[128];
  const auto bytes = ::pread(file.get(), line, sizeof line, 0);
  if (bytes <= 0) return 0;
  const std::string_view text(line, static_cast<std::size_t>(bytes));
  const auto gap = text.find(' ');
  if (gap == std::string_view::npos) return 0;
  std::uint64_t number = 0;
  std::from_chars(text.data() + gap + 1, text.data() + text.size(), number);
  return number;
}

}  // namespace

thread_meter::thread_meter() noexcept
    : schedstat_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)),
      statm_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

std::uint64_t thread_meter::cpu_ns() noexcept {
  return static_cast<std::uint64_t>(thread_cpu_time().count());
}

std::uint64_t thread_meter::run_delay_ns() const noexcept { return second_number(schedstat_); }

std::uint64_t thread_meter::resident_bytes() const noexcept {
  return second_number(statm_) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace shoal::cluster
