// No libcap: it is three system calls.
#include "cluster/rights/rights.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace shoal::cluster {
namespace {

using capability_sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool get(capability_sets& sets) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::syscall(SYS_capget, &header, sets.data()) == 0;
}

bool set(const capability_sets& sets) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

void allow_locked_memory() noexcept {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_MEMLOCK, &all);  // refused: the limit that there is will do, or rings say so
}

/// What could come back by an execve. Whoever may not do it gains nothing there either.
void empty_the_bounding_set() noexcept {
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
}

error refused(const run_as& who, const char* what) {
  return system_error(errno, "cannot become user " + who.name + " (" + what + ")");
}

/// Who is that user already cannot change groups, and has those that somebody chose.
bool needs_groups(const run_as& who) noexcept {
  return ::geteuid() != who.user || ::getegid() != who.group;
}

result<void> change_user(const run_as& who) {
  if ((needs_groups(who) || has_right(right::set_groups)) &&
      ::setgroups(who.groups.size(), who.groups.data()) != 0) {
    return refused(who, "setgroups");
  }
  if (::setresgid(who.group, who.group, who.group) != 0) return refused(who, "setresgid");
  if (::setresuid(who.user, who.user, who.user) != 0) return refused(who, "setresuid");
  return {};
}

/// Believes no call that says it has worked.
bool is_without_rights(const run_as& who) noexcept {
  uid_t real = 0, effective = 0, saved = 0;
  ::getresuid(&real, &effective, &saved);
  capability_sets sets{};
  if (!get(sets)) return false;
  for (const auto& one : sets) {
    if ((one.effective | one.permitted | one.inheritable) != 0) return false;
  }
  return real == who.user && effective == who.user && saved == who.user;
}

}  // namespace

bool has_right(right which) noexcept {
  capability_sets sets{};
  const auto number = static_cast<unsigned>(which);
  return get(sets) && (sets[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number)) != 0;
}

void gain_no_rights() noexcept { ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

result<void> become(const run_as& who) {
  allow_locked_memory();
  empty_the_bounding_set();
  if (auto done = change_user(who); !done) return done;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (!set({}) || !is_without_rights(who)) return refused(who, "capset");
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return {};
}

}  // namespace shoal::cluster
