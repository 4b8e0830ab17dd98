// The sockets of one address, while the listeners of a cluster are put together: from what is there
// already, and from what is bound anew beside it.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/address.h"
#include "cluster/listen/allot.h"
#include "cluster/listen/listener_options.h"
#include "cluster/listen/socket_file.h"

namespace shoal::cluster {

struct opened_address {
  std::string wish;
  address where;
  accepting who = accepting::each;
  /// By a service manager, which decides on the way in which it is accepted from, and whose file it
  /// is at a path.
  bool given = false;
  /// For `each` and `shared` one for each slot, else one.
  std::vector<descriptor> sockets;
};

/// One, or one for each socket that is there and in no group. An error names the address and the
/// cure; its code is the errno.
[[nodiscard]] result<std::vector<opened_address>> open_address(allotted&& place, unsigned slots,
                                                               const listener_options& how,
                                                               std::vector<socket_file>& files);

/// The same socket under a number for each slot, so that all slots look alike.
[[nodiscard]] result<void> duplicate(std::vector<descriptor>& sockets, unsigned slots,
                                     const address& of);

}  // namespace shoal::cluster
