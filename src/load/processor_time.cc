#include "load/processor_time.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace shoal::load {
namespace {

// /proc/PID/stat, fields 14 and 15. The name in field 2 may hold spaces and parentheses, so
// counting begins after the last ')'.
std::optional<std::uint64_t> ticks_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text;
  const ssize_t length = file ? ::read(file.get(), text.data(), text.size() - 1) : -1;
  if (length <= 0) return {};
  text[static_cast<std::size_t>(length)] = '\0';
  const std::size_t name_end = std::string_view(text.data()).rfind(')');
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  const int read = name_end == std::string_view::npos
                       ? 0
                       : std::sscanf(text.data() + name_end + 1,
                                     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
                                     " %" SCNu64 " %" SCNu64,
                                     &user, &system);
  if (read != 2) return {};
  return user + system;
}

}  // namespace

std::optional<std::chrono::nanoseconds> processor_time(std::span<const pid_t> pids) {
  std::uint64_t ticks = 0;
  for (const pid_t pid : pids) {
    const std::optional<std::uint64_t> more = ticks_of(pid);
    if (!more) return {};
    ticks += *more;
  }
  return std::chrono::nanoseconds(ticks * (1'000'000'000U / ::sysconf(_SC_CLK_TCK)));
}

}  // namespace shoal::load
