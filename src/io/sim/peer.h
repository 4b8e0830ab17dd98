#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "io/sim/network.h"

namespace shoal::io::sim {

/// The far end of a connection, moved by a test or by its own script. By itself it reads all that
/// arrives. Its hooks run inside the driver's wait(), like everything that happens elsewhere; they
/// may move peers and the world, but not the driver.
class peer final : private watcher {
 public:
  peer(network& net, endpoint& end) noexcept : net_(net), end_(end) { end.watch = this; }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  /// Sends all, as the other end makes room.
  void send(std::string_view bytes);

  /// Sends what fits now, and says how much that was. Nothing while send() is not through.
  std::size_t try_send(std::string_view bytes);

  void shutdown_send();  ///< FIN after what has been told to be sent; reading goes on
  void close();          ///< the same, and what arrives from then on is answered with a reset
  void reset();          ///< RST now

  /// All that has been read and not taken.
  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  /// Takes at most `most` bytes of it, or from the window if it does not read by itself.
  [[nodiscard]] std::string take(std::size_t most = std::string::npos);

  /// From now on only take() reads: the window fills up.
  void pause_reading() noexcept { reading_ = false; }
  void resume_reading();

  [[nodiscard]] bool established() const noexcept { return end_.established; }
  [[nodiscard]] bool refused() const noexcept { return end_.refused; }
  /// The other end has closed its side, or there was a reset, and all before that has been read.
  [[nodiscard]] bool ended() const noexcept {
    return (end_.fin_arrived || end_.reset) && end_.arrived == 0;
  }
  [[nodiscard]] bool was_reset() const noexcept { return end_.reset; }
  /// It has closed or reset the connection itself.
  [[nodiscard]] bool closed() const noexcept { return end_.closed; }

  std::function<void(peer&)> on_established;
  std::function<void(peer&)> on_received;  ///< there is more in received()
  std::function<void(peer&)> on_ended;     ///< once

 private:
  enum class last_act { none, shut_down, close };

  void changed() noexcept override;
  void room_again() noexcept override { flush(); }
  void read_some();
  void flush();
  void end_it();

  network& net_;
  endpoint& end_;
  std::string outbox_;
  std::size_t flushed_ = 0;  // of outbox_
  std::string received_;
  last_act planned_ = last_act::none;
  bool lingers_ = false;  // closes only after the other end's FIN
  bool reading_ = true;
  bool told_established_ = false;
  bool told_end_ = false;
};

}  // namespace shoal::io::sim
