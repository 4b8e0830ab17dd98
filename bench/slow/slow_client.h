// One client that a server has no joy of. It comes back whenever it is thrown out.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/loop.h"
#include "io/operation.h"

namespace shoal::slow {

/// What all of them share.
struct crowd {
  io::loop& loop;
  sockaddr_storage address{};
  socklen_t address_bytes = 0;
  std::string head;      ///< of a dripper: the beginning of a request that never ends
  std::string requests;  ///< of a deaf client, who sends them all at once
  nanoseconds drip_time{1'000'000'000};

  std::uint64_t opened = 0;  ///< connections, all told
  std::uint64_t ended = 0;   ///< by the server
  std::uint64_t failed = 0;  ///< that could not be opened
  std::uint64_t open = 0;    ///< now
};

enum class manner : std::uint8_t {
  drips,  ///< sends one byte of a header at a time
  deaf,   ///< asks much and never reads
};

/// Lifetime: outlives the driver's use of it.
class slow_client final : io::connect_op, io::receive_op, io::send_op, io::timer {
 public:
  slow_client(crowd& shared, manner how) noexcept : crowd_(shared), manner_(how) {}
  ~slow_client();

  /// Connects when `delay` has passed.
  void open_after(nanoseconds delay) noexcept;

 private:
  void expired() noexcept override;
  void connected(io::outcome) noexcept override;
  void received(io::outcome, io::lease) noexcept override;
  void sent(io::outcome) noexcept override;

  [[nodiscard]] nanoseconds drip_time() const noexcept;
  void open() noexcept;
  void send(std::span<const char> what) noexcept;
  void leave() noexcept;
  void close_when_quiet() noexcept;

  crowd& crowd_;
  int socket_ = -1;
  manner manner_;
  bool connected_ = false;
  bool leaving_ = false;
};

}  // namespace shoal::slow
