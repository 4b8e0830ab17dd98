// Which of the sockets that a service manager gives are for which address that was asked for: by
// what they are really bound to, or by their names.
//
// A socket of a .socket unit that nobody asks for is an error, since its clients would wait for
// ever. One of ours that was kept since an earlier life and is not wanted any more is the surplus.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/address.h"
#include "cluster/listen/given_sockets.h"
#include "cluster/listen/listener_options.h"

namespace shoal::cluster {

/// What is there for one address already.
struct allotted {
  std::string wish;
  address where;
  bool lent = false;                ///< the sockets are a unit's; else ours from an earlier life
  std::vector<descriptor> sockets;  ///< of ours slot by slot, without holes
};

struct allotment {
  std::vector<allotted> addresses;    ///< in the order of the wishes; several for one fd:NAME
  std::vector<std::string> kept;      ///< names of what the manager goes on keeping
  std::vector<given_socket> surplus;  ///< it keeps in vain
};

/// `slots` is how many sockets an address has where each worker has its own. An error names the
/// wish or the socket, and the cure.
[[nodiscard]] result<allotment> allot(std::span<const std::string> wishes,
                                      std::vector<given_socket> given, unsigned slots,
                                      accepting tcp);

/// How many addresses that will be.
[[nodiscard]] unsigned count_addresses(std::span<const std::string> wishes,
                                       std::span<const given_socket> given);

}  // namespace shoal::cluster
