// The sockets that a cluster listens on: one for each address and worker slot, all of them kept by
// the supervisor for its whole life. So a connection that waits in an accept queue outlives the
// process that should have taken it: the slot's next process finds it there.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/address.h"

namespace shoal::cluster {

class listeners final {
 public:
  /// Binds and listens on every address for `slots` slots (1 or more). Port 0 is replaced by the
  /// one port that the kernel chose for the address's first socket. Errors name the address and the
  /// cure; their code is the errno.
  ///
  /// A second copy of the same program fails here: SO_REUSEPORT alone would let it in and hand it
  /// half of our connections. The first socket of each address therefore listens before it takes
  /// SO_REUSEPORT, which no other listener survives.
  static result<listeners> open(std::span<const std::string> addresses, unsigned slots,
                                unsigned backlog);

  /// The sockets of one slot, in the order of the addresses.
  [[nodiscard]] std::span<const descriptor> of(unsigned slot) const noexcept;

  /// What is really listened on.
  [[nodiscard]] const std::vector<address>& addresses() const noexcept { return addresses_; }

 private:
  std::vector<address> addresses_;
  std::vector<descriptor> sockets_;  // slot by slot
};

/// net.core.somaxconn, to which the kernel cuts every backlog in silence; 0 if it does not say.
[[nodiscard]] unsigned read_somaxconn();

}  // namespace shoal::cluster
