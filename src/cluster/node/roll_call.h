// How the workers of one process start together: each reports that it has booted, all let their
// loops turn at once, and the first that fails keeps all out. So no connection is accepted by a
// process that is about to fail. Its descriptor wakes the main thread's poll.
//
// And how they end together: connections move between them, so none may end while another one has
// connections, or one is on its way.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "base/descriptor.h"

namespace shoal::cluster {

class roll_call final {
 public:
  explicit roll_call(unsigned workers);

  // A worker's side.
  /// Waits for the others. False: do not serve, end.
  [[nodiscard]] bool booted();
  void failed(std::string reason);
  void serving();
  void left();
  void ended();

  // Each serving worker holds from the start, until it has been told to drain and nothing is left.
  // Once nobody holds no worker will, since nobody has a connection to give.
  /// For a connection that goes to another worker or process, and for a worker that has some again.
  /// By one who holds already, or for one who does, or by the main thread while it has not heard
  /// that nobody does.
  void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept;

  // The main thread's side.
  /// Readable when something was reported since the last look().
  [[nodiscard]] int fd() const noexcept { return wake_.get(); }
  struct view {
    bool all_booted = false;  ///< and may be opened
    bool all_serve = false;
    bool all_left = false;     ///< and accept no more
    bool all_drained = false;  ///< nobody holds any more
    bool all_ended = false;
    std::string failure;  ///< the first reason; empty if none
  };
  [[nodiscard]] view look();
  /// Nobody is let in from now on. False: they are in already, and have to be drained.
  [[nodiscard]] bool call_off();

 private:
  void wake() const noexcept;

  const unsigned workers_;
  std::atomic<unsigned> holders_;  ///< those who hold write, the main thread reads
  descriptor wake_;
  std::mutex lock_;  // start and stop only, never while serving
  std::condition_variable decided_;
  unsigned booted_ = 0;
  unsigned serving_ = 0;
  unsigned left_ = 0;
  unsigned ended_ = 0;
  bool called_off_ = false;
  std::string failure_;
};

}  // namespace shoal::cluster
