#include "cluster/rights/run_as.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

#include "cluster/options/units.h"
#include "cluster/rights/rights.h"

namespace shoal::cluster {
namespace {

/// -1 stands for "no change" where the kernel takes one.
std::optional<unsigned> parse_id(const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number >= 0xffff'ffffU) return std::nullopt;
  return static_cast<unsigned>(*number);
}

std::vector<gid_t> groups_of(const passwd& user) {
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return groups;
}

/// With its own groups; a number that nobody has has none.
result<run_as> find_user(const std::string& user, bool group_is_given) {
  const auto number = parse_id(user);
  const passwd* const found = number ? ::getpwuid(*number) : ::getpwnam(user.c_str());
  if (found != nullptr) {
    return run_as{
        .name = user, .user = found->pw_uid, .group = found->pw_gid, .groups = groups_of(*found)};
  }
  if (!number)
    return error{0, "user " + user + ": nobody is called so (useradd --system " + user + ")"};
  if (!group_is_given) return error{0, "user " + user + " is in no group; add --group"};
  return run_as{.name = user, .user = *number};
}

result<gid_t> find_group(const std::string& group) {
  if (const auto number = parse_id(group)) return gid_t{*number};
  const auto* const found = ::getgrnam(group.c_str());
  if (found == nullptr) {
    return error{0, "group " + group + ": there is none (groupadd --system " + group + ")"};
  }
  return found->gr_gid;
}

bool is_us(const run_as& who) { return ::geteuid() == who.user && ::getegid() == who.group; }

/// To end processes of another user takes a right, too.
result<void> may_become(const run_as& who) {
  if (who.user == 0) return error{0, "user " + who.name + " is root; name one who has no rights"};
  if (is_us(who) ||
      (has_right(right::set_user) && has_right(right::set_groups) && has_right(right::kill))) {
    return {};
  }
  return error{0, "user " + who.name +
                      ": this process may not change its user (CAP_SETUID, CAP_SETGID, CAP_KILL); "
                      "start it as root, or as " +
                      who.name + " without this option (User= in a systemd unit)"};
}

}  // namespace

result<std::optional<run_as>> find_run_as(const std::string& user, const std::string& group) {
  if (user.empty()) return std::optional<run_as>();
  auto found = find_user(user, !group.empty());
  if (!found) return found.error();
  run_as who = std::move(found).value();
  if (!group.empty()) {
    const auto only = find_group(group);
    if (!only) return only.error();
    who.group = only.value();
    who.groups = {who.group};
  }
  if (const auto may = may_become(who); !may) return may.error();
  return std::optional(std::move(who));
}

}  // namespace shoal::cluster
