// Contenders on this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/peers.h"
#include "bench/server_host.h"
#include "topology/cpu_list.h"

namespace shoal::bench {

/// What all contenders of a run have in common.
struct field_of_play {
  std::string program;                ///< this one: what serves is a child of it
  topology::cpu_list server_cpus{0};  ///< the first one; a cluster has all of them
  std::string address = "127.0.0.1";  ///< that they listen on
  double steps_in_a_microsecond = 1;  ///< of work, see spin.h
  std::vector<peer> peers;            ///< that are installed or given
  bool batches = false;               ///< ours count turns by their outcomes
};

/// Of a cluster: as many as it has cores, and two where it has one, which they share then.
[[nodiscard]] unsigned cluster_workers(const topology::cpu_list& server_cpus) noexcept;

class local_host final : public server_host {
 public:
  explicit local_host(field_of_play field) noexcept : field_(std::move(field)) {}

  [[nodiscard]] result<std::unique_ptr<measured_process>> start(const std::string& contender,
                                                                unsigned body_bytes,
                                                                const interruption& stop) override;
  [[nodiscard]] result<host_facts> describe(const std::vector<std::string>& contenders) override;

  /// Those that are started next.
  void listen_on(const std::string& address) { field_.address = address; }

 private:
  field_of_play field_;
};

}  // namespace shoal::bench
