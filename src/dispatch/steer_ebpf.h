// The mechanism `ebpf`: a program in the kernel gives each new connection to one socket of a
// SO_REUSEPORT group. It reads the steering table, which is its map and the workers' memory at the
// same time, so nobody stands in a connection's way and nobody has to be woken to decide.
//
// The sockets of a group may be served by several processes, and all of them may die: the program
// lives as long as the group, and works on what their entries say.
#pragma once

#include <span>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "dispatch/bpf/steer_rules.h"
#include "shm/segment.h"

namespace shoal::dispatch {

/// Threads: one. Descriptors: four and one for each group, until it ends; what was attached stays
/// attached.
class steer_ebpf final {
 public:
  /// Makes the maps for `workers` workers and has the kernel check the program, so that whoever may
  /// not use it knows before a socket is opened: the error says what would permit it.
  static result<steer_ebpf> load(unsigned workers, const steer_rules& rules);

  /// The steering table: `workers` entries, all zero at first. A child of fork has it too.
  [[nodiscard]] shm::mapping& table() noexcept { return table_; }

  /// From now on the program decides for this group: sockets that listen, one for each worker, in
  /// the order of their numbers. Replaces whatever decided before; no connection is lost.
  [[nodiscard]] result<void> attach(std::span<const int> sockets);

  /// From here on the kernel's hash decides for all that was attached, so that another program, or
  /// another process's, can: a socket can be steered to by one alone.
  void let_go() noexcept;

  /// The program follows other rules from the next connection on.
  void follow(const steer_rules& rules) const noexcept;

 private:
  struct maps {
    descriptor table, rules, epoch, shares;
  };

  steer_ebpf(maps made, shm::mapping table) noexcept
      : maps_(std::move(made)), table_(std::move(table)) {}

  static result<maps> make_maps(unsigned workers);

  struct socket_array {
    descriptor map;
    unsigned sockets;
  };

  maps maps_;
  shm::mapping table_;
  std::vector<socket_array> attached_;
};

}  // namespace shoal::dispatch
