// Which user node processes are. The supervisor stays who it is: it has bound addresses and loaded
// BPF by then, ends processes and starts others, and looks at no client's bytes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace shoal::cluster {

struct run_as {
  std::string name;  ///< as it was given
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< all of them, `group` too

  friend bool operator==(const run_as&, const run_as&) = default;
};

/// Looks names up, or takes numbers. Without a group it is the user's own, with the groups that the
/// user is in; a group that is named is the only one. "": nobody in particular, and nothing is
/// given up. Errors: nobody is called so, root, or a user whom this process may not become.
[[nodiscard]] result<std::optional<run_as>> find_run_as(const std::string& user,
                                                        const std::string& group);

}  // namespace shoal::cluster
