#include "topology/cpu_limits.h"

#include <limits.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <vector>

#include "topology/text.h"

namespace shoal::topology {
namespace {

/// One line of /proc/self/cgroup, "<number>:<controllers>:<path>"; version 2 has no controllers.
struct membership {
  std::string_view controllers;
  std::string_view path;
};

std::vector<membership> parse_memberships(std::string_view text) {
  std::vector<membership> found;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto first = line.find(':');
    if (first == std::string_view::npos) continue;
    const auto second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    found.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return found;
}

bool has_controller(std::string_view controllers, std::string_view name) {
  while (!controllers.empty()) {
    const auto one = controllers.substr(0, controllers.find(','));
    if (one == name) return true;
    controllers.remove_prefix(std::min(controllers.size(), one.size() + 1));
  }
  return false;
}

/// The cgroup's directory and all above it, up to the mount point. In a container without a
/// cgroup namespace the path is the host's and does not exist here; the mount point then is the
/// container's own cgroup, so walking to it finds what counts.
std::vector<std::string> ancestry(const std::string& mount, std::string_view path) {
  std::vector<std::string> directories;
  const bool usable =
      path.starts_with('/') && path.size() < PATH_MAX && path.find("..") == std::string_view::npos;
  while (usable && path.size() > 1) {
    directories.push_back(mount + std::string(path));
    path = path.substr(0, path.rfind('/'));
  }
  directories.push_back(mount);
  return directories;
}

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

result<void> narrow_v2(const std::string& mount, std::string_view path, limits& found) {
  for (const std::string& directory : ancestry(mount, path)) {
    if (auto done = narrow_cpuset(directory + "/cpuset.cpus.effective", found); !done) return done;
    if (auto done = narrow_quota_v2(directory + "/cpu.max", found); !done) return done;
  }
  return {};
}

result<void> narrow_v1(const std::string& cgroups, const membership& member, limits& found) {
  if (has_controller(member.controllers, "cpuset")) {
    for (const std::string& directory : ancestry(cgroups + "/cpuset", member.path)) {
      if (auto done = narrow_cpuset(directory + "/cpuset.effective_cpus", found); !done)
        return done;
    }
  }
  if (has_controller(member.controllers, "cpu")) {
    const std::string mount = cgroups + "/" + std::string(member.controllers);
    for (const std::string& directory : ancestry(mount, member.path)) {
      if (auto done = narrow_quota_v1(directory, found); !done) return done;
    }
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

result<limits> read_limits(const std::string& given_root, cpu_list affinity) {
  const std::string root = root_prefix(given_root);
  limits found;
  found.affinity = std::move(affinity);
  const auto text = read_text_if_there(root + "/proc/self/cgroup");
  if (!text) return text.error();
  if (!text.value()) return found;
  const std::string cgroups = root + "/sys/fs/cgroup";
  for (const membership& member : parse_memberships(*text.value())) {
    if (!member.controllers.empty()) {
      if (auto done = narrow_v1(cgroups, member, found); !done) return done.error();
      continue;
    }
    // Beside version 1 the second version is mounted under "unified", else at the top.
    for (const std::string& mount : {cgroups, cgroups + "/unified"}) {
      if (auto done = narrow_v2(mount, member.path, found); !done) return done.error();
    }
  }
  return found;
}

}  // namespace shoal::topology
