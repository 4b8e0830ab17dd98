#include "topology/cgroups.h"

#include <limits.h>

#include <algorithm>

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
void add_ancestry(std::vector<std::string>& directories, const std::string& mount,
                  std::string_view path) {
  const bool usable =
      path.starts_with('/') && path.size() < PATH_MAX && path.find("..") == std::string_view::npos;
  while (usable && path.size() > 1) {
    directories.push_back(mount + std::string(path));
    path = path.substr(0, path.rfind('/'));
  }
  directories.push_back(mount);
}

}  // namespace

result<std::vector<std::string>> cgroup_directories(const std::string& given_root,
                                                    std::string_view controller) {
  const std::string root = root_prefix(given_root);
  const auto text = read_text_if_there(root + "/proc/self/cgroup");
  if (!text) return text.error();
  std::vector<std::string> directories;
  if (!text.value()) return directories;
  const std::string cgroups = root + "/sys/fs/cgroup";
  for (const membership& member : parse_memberships(*text.value())) {
    if (member.controllers.empty() && controller.empty()) {
      // Beside version 1 the second version is mounted under "unified", else at the top.
      add_ancestry(directories, cgroups, member.path);
      add_ancestry(directories, cgroups + "/unified", member.path);
    } else if (has_controller(member.controllers, controller)) {
      add_ancestry(directories, cgroups + "/" + std::string(member.controllers), member.path);
    }
  }
  return directories;
}

}  // namespace shoal::topology
