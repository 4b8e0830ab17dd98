#include "topology/cpu_limits.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <vector>

#include "topology/cgroups.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

result<void> narrow_cpuset(const std::string& path, limits& found) {
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value() || trim(*text.value()).empty()) return {};
  const auto cpus = parse_cpu_list(*text.value());
  if (!cpus) return not_a("list of cores", path, *text.value());
  auto narrower = found.cpuset ? intersect(*found.cpuset, *cpus) : *cpus;
  if (!found.cpuset || narrower.size() < found.cpuset->size()) found.cpuset_file = path;
  found.cpuset = std::move(narrower);
  return {};
}

void narrow_quota(double cores, const std::string& path, limits& found) {
  if (found.quota_cores && *found.quota_cores <= cores) return;
  found.quota_cores = cores;
  found.quota_file = path;
}

/// "max 100000" or "150000 100000": microseconds in each period.
result<void> narrow_quota_v2(const std::string& path, limits& found) {
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value()) return {};
  std::string_view rest = *text.value();
  const auto quota = take_word(rest);
  const auto period = parse_number<std::uint32_t>(take_word(rest));
  if (quota == "max" && period) return {};
  const auto amount = parse_number<std::uint64_t>(quota);
  if (!amount || !period || *amount == 0 || *period == 0)
    return not_a("CPU quota", path, *text.value());
  narrow_quota(static_cast<double>(*amount) / *period, path, found);
  return {};
}

/// Two files; a quota of -1 is none.
result<void> narrow_quota_v1(const std::string& directory, limits& found) {
  const std::string quota_path = directory + "/cpu.cfs_quota_us";
  const std::string period_path = directory + "/cpu.cfs_period_us";
  const auto quota_text = read_text_if_there(quota_path);
  if (!quota_text) return quota_text.error();
  const auto period_text = read_text_if_there(period_path);
  if (!period_text) return period_text.error();
  if (!quota_text.value() || !period_text.value()) return {};
  const auto quota = parse_number<std::int64_t>(trim(*quota_text.value()));
  if (!quota) return not_a("CPU quota", quota_path, *quota_text.value());
  if (*quota <= 0) return {};
  const auto period = parse_number<std::uint32_t>(trim(*period_text.value()));
  if (!period || *period == 0) return not_a("CPU period", period_path, *period_text.value());
  narrow_quota(static_cast<double>(*quota) / *period, quota_path, found);
  return {};
}

result<void> narrow_v2(const std::string& directory, limits& found) {
  if (auto done = narrow_cpuset(directory + "/cpuset.cpus.effective", found); !done) return done;
  return narrow_quota_v2(directory + "/cpu.max", found);
}

result<void> narrow_cpuset_v1(const std::string& directory, limits& found) {
  return narrow_cpuset(directory + "/cpuset.effective_cpus", found);
}

/// By what the files say in the cgroup's directories for one controller.
result<void> narrow(const std::string& root, std::string_view controller,
                    result<void> (*by)(const std::string&, limits&), limits& found) {
  const auto directories = cgroup_directories(root, controller);
  if (!directories) return directories.error();
  for (const std::string& directory : directories.value()) {
    if (auto done = by(directory, found); !done) return done;
  }
  return {};
}

}  // namespace

result<cpu_list> read_affinity() {
  cpu_set_t* const mask = CPU_ALLOC(max_cpus);
  SHOAL_CHECK(mask != nullptr);
  const std::size_t bytes = CPU_ALLOC_SIZE(max_cpus);
  cpu_list cpus;
  const int failure = ::sched_getaffinity(0, bytes, mask) == 0 ? 0 : errno;
  for (unsigned cpu = 0; failure == 0 && cpu < max_cpus; ++cpu) {
    if (CPU_ISSET_S(cpu, bytes, mask)) cpus.push_back(cpu);
  }
  CPU_FREE(mask);
  if (failure != 0) return system_error(failure, "cannot read the affinity mask");
  return cpus;
}

result<limits> read_limits(const std::string& root, cpu_list affinity) {
  limits found;
  found.affinity = std::move(affinity);
  if (auto done = narrow(root, {}, narrow_v2, found); !done) return done.error();
  if (auto done = narrow(root, "cpuset", narrow_cpuset_v1, found); !done) return done.error();
  if (auto done = narrow(root, "cpu", narrow_quota_v1, found); !done) return done.error();
  return found;
}

}  // namespace shoal::topology
