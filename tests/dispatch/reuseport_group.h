// Listeners of one port, one for each worker, and clients that come to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace shoal::dispatch {

class reuseport_group final {
 public:
  /// On 127.0.0.1, or on another of 127/8.
  explicit reuseport_group(unsigned workers);

  /// Connects a client from `source`, another address of 127/8; false if it is not let in.
  bool connect(const std::string& source = "127.0.0.1");

  /// Accepts all that waits: how many each worker got since the last call.
  std::vector<unsigned> accept_all();

  /// Who got the one connection that waits; ~0 if there are none or several.
  unsigned accept_one();

  [[nodiscard]] std::vector<int> sockets() const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  std::vector<descriptor> listeners_;
  std::vector<descriptor> clients_;
  std::uint16_t port_ = 0;
};

}  // namespace shoal::dispatch
