#include "io/uring/unavailable.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <cerrno>
#include <fstream>

#include "base/result.h"

namespace shoal::io::uring {
namespace {

std::string why_not_permitted(int sysctl) {
  switch (sysctl) {
    case 2:
      return "io_uring is switched off for every process by kernel.io_uring_disabled=2; "
             "allow it with: sysctl kernel.io_uring_disabled=0";
    case 1:
      return "io_uring is reserved for a group by kernel.io_uring_disabled=1; put this user into "
             "the group that kernel.io_uring_group names, or: sysctl kernel.io_uring_disabled=0";
    default:
      return "io_uring is denied by a seccomp filter (the default profiles of Docker and Podman do "
             "that); allow io_uring_setup, io_uring_enter and io_uring_register in the profile";
  }
}

std::string why_no_memory(long long limit) {
  std::string text = "io_uring got no memory for its queues";
  if (limit >= 0) text += " (RLIMIT_MEMLOCK is " + std::to_string(limit / 1024) + " KiB)";
  return text + "; raise it (ulimit -l, LimitMEMLOCK=) or the memory limit of the cgroup";
}

}  // namespace

uring_surroundings look_around(const std::string& proc) {
  uring_surroundings found;
  std::ifstream sysctl(proc + "/sys/kernel/io_uring_disabled");
  if (!(sysctl >> found.disabled_sysctl)) found.disabled_sysctl = -1;
  utsname names{};
  if (::uname(&names) == 0) found.kernel_release = names.release;
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    found.memlock_limit = static_cast<long long>(limit.rlim_cur);
  }
  return found;
}

std::string why_no_uring(int code, const uring_surroundings& around) {
  switch (code) {
    case EPERM:
    case EACCES:
      return why_not_permitted(around.disabled_sysctl);
    case ENOSYS:
      return "io_uring is missing: this kernel (" + around.kernel_release +
             ") is built without CONFIG_IO_URING, or a seccomp filter hides it; "
             "allow io_uring_setup, io_uring_enter and io_uring_register in the filter";
    case ENOMEM:
      return why_no_memory(around.memlock_limit);
    case EINVAL:
      return "io_uring of Linux " + around.kernel_release +
             " is too old: 6.1 or newer is needed (deferred task work, multishot receive)";
    case EMFILE:
    case ENFILE:
      return "io_uring got no descriptor: the limit is used up; raise RLIMIT_NOFILE (ulimit -n, "
             "LimitNOFILE=)";
    default:
      return system_error(code, "io_uring cannot be set up").message;
  }
}

std::string why_no_feature(const feature_needs& needs, int code, const uring_surroundings& around) {
  const std::string name(needs.name);
  if (code == EINVAL || code == EOPNOTSUPP) {
    return name + ": Linux " + around.kernel_release +
           " does not have it: " + std::string(needs.kernel) + " or newer is needed";
  }
  return system_error(code, name + ": io_uring refuses it").message;
}

}  // namespace shoal::io::uring
