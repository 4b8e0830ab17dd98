// The sockets that a cluster listens on, all of them kept by the supervisor for its whole life: one
// for each address and worker slot where the kernel chooses among workers, else one for each
// address. So a connection that waits in an accept queue outlives the process that should have
// taken it: the slot's next process finds it there.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/address.h"
#include "cluster/listen/allot.h"
#include "cluster/listen/listener_options.h"
#include "cluster/listen/opened_address.h"
#include "cluster/listen/socket_file.h"

namespace shoal::cluster {

/// One socket of theirs, as it goes from a program to the one that takes its place.
struct handed_down_listener {
  accepting who = accepting::each;
  unsigned address = 0;  ///< its number; a wish may have several, which follow each other
  unsigned slot = 0;     ///< of `each`; all others have one socket
  std::string wish;      ///< as it was asked for
  descriptor socket;
  bool given = false;  ///< as in opened_address
};

/// One that a service manager may keep for our next life.
struct own_listener {
  std::string name;
  int socket = -1;
};

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
                                const listener_options& options);

  /// The same where some are there already; the others are opened.
  static result<listeners> open(std::vector<allotted> places, unsigned slots,
                                const listener_options& options);

  /// The same from sockets that another program has opened for the same addresses, slots and ways;
  /// an error says what does not fit. Files at paths stay the other's until take_files().
  static result<listeners> adopt(std::vector<handed_down_listener> sockets,
                                 std::span<const std::string> addresses, unsigned slots,
                                 const listener_options& options);

  /// What adopt() needs. Duplicates.
  [[nodiscard]] result<std::vector<handed_down_listener>> hand_down() const;

  /// Those that can be found again at the same address: not at a path, whose file goes with us, nor
  /// at a port that the kernel has chosen; and not those that a service manager has given.
  [[nodiscard]] std::vector<own_listener> own() const;

  /// Makes us the one whom sockets at paths name to their clients, and the backlog this one.
  void listen_anew(unsigned backlog) const noexcept;

  /// From now on the files at paths go with us, or do not go with us.
  void take_files();
  void leave_files() noexcept;

  /// What one slot accepts from, in the order of the addresses.
  [[nodiscard]] std::span<const descriptor> of(unsigned slot) const noexcept;

  /// What the supervisor accepts from.
  [[nodiscard]] std::span<const descriptor> handed() const noexcept { return handed_; }

  /// For each address with a group its sockets, slot by slot.
  [[nodiscard]] std::vector<std::vector<int>> groups() const;

  /// What is really listened on, each once.
  [[nodiscard]] const std::vector<address>& addresses() const noexcept { return addresses_; }

  /// How many places there are to accept from.
  [[nodiscard]] unsigned count() const noexcept { return static_cast<unsigned>(all_.size()); }

 private:
  [[nodiscard]] static listeners arrange(std::vector<opened_address>&& opened, unsigned slots);
  /// Calls it with each socket: the number of its address, its slot, and itself.
  template <typename Each>
  void for_each(Each each) const;

  std::vector<address> addresses_;
  std::vector<opened_address> all_;  // in the order of their numbers; their sockets are below
  std::vector<bool> grouped_;        // for each of them that slots accept from
  std::vector<descriptor> sockets_;  // slot by slot
  std::vector<descriptor> handed_;
  std::vector<socket_file> files_;
};

/// net.core.somaxconn, to which the kernel cuts every backlog in silence; 0 if it does not say.
[[nodiscard]] unsigned read_somaxconn();

}  // namespace shoal::cluster
