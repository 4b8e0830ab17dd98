#include "cluster/descriptor_budget.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/descriptor.h"
#include "cluster/control/control_limits.h"
#include "cluster/listen/handoff_desk.h"
#include "cluster/node/way_out.h"

namespace shoal::cluster {
namespace {

constexpr std::uint64_t fixed = 16;       // channel, signals, asio's own, segment, logs, air
constexpr std::uint64_t each_worker = 6;  // ring or epoll, its wake-up, /proc twice, room
// In the supervisor: pidfd, channel, connections on their way there and from there.
constexpr std::uint64_t each_process = 2 + handoff_desk::most_on_way + way_out::most_on_way;
constexpr std::uint64_t most_room = 16'384;  // descriptors: 128 KiB; a larger table doubles seldom
constexpr std::uint64_t least_useful = 16;   // connections; less is a server that serves nobody

}  // namespace

result<std::uint64_t> raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error(errno, "getrlimit");
  if (limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error(errno, "setrlimit");
  }
  return static_cast<std::uint64_t>(limit.rlim_cur);
}

result<unsigned> connections_for_each_worker(const descriptor_needs& n, std::uint64_t limit) {
  const std::uint64_t slots = std::uint64_t{n.processes} * n.workers;
  const std::uint64_t supervisor = fixed + most_control_descriptors + n.inherited +
                                   slots * n.addresses + n.processes * each_process;
  const std::uint64_t process =
      fixed + n.inherited + n.workers * (std::uint64_t{each_worker} + n.addresses);
  const std::uint64_t wanted = n.max_connections == 0 ? least_useful : n.max_connections;
  // Nine tenths of the limit must hold it all.
  const std::uint64_t needed = std::max(supervisor, (process + n.workers * wanted) * 10 / 9 + 1);
  if (needed > limit) {
    return error{EMFILE, std::to_string(n.workers) + " workers in each process need " +
                             std::to_string(needed) + " descriptors and RLIMIT_NOFILE allows " +
                             std::to_string(limit) +
                             "; lower --workers or --max-connections, or raise " +
                             "the limit (ulimit -Hn, LimitNOFILE= in a systemd unit)"};
  }
  if (n.max_connections != 0) return n.max_connections;
  const auto each = (limit * 9 / 10 - process) / n.workers;
  return static_cast<unsigned>(std::min<std::uint64_t>(each, 1'000'000));
}

void make_room_for_descriptors(std::uint64_t count) noexcept {
  const auto last = static_cast<int>(std::min(count, most_room)) - 1;
  const descriptor any(::open("/", O_PATH | O_CLOEXEC));
  if (last <= any.get()) return;
  // A table never shrinks. Above the limit it fails, and the table stays as it is.
  const descriptor far(::fcntl(any.get(), F_DUPFD_CLOEXEC, last));
}

}  // namespace shoal::cluster
