// How the workers of one process start together: each reports that it has booted, all are let in at
// once, and the first that fails keeps all out. So no connection is accepted by a process that is
// about to fail. Its descriptor wakes the main thread's poll.
#pragma once

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
  void ended();

  // The main thread's side.
  /// Readable when something was reported since the last look().
  [[nodiscard]] int fd() const noexcept { return wake_.get(); }
  struct view {
    bool all_serve = false;
    bool all_ended = false;
    std::string failure;  ///< the first reason; empty if none
  };
  [[nodiscard]] view look();
  /// Nobody is let in from now on. False: they are in already, and have to be drained.
  [[nodiscard]] bool call_off();

 private:
  void wake() const noexcept;

  const unsigned workers_;
  descriptor wake_;
  std::mutex lock_;  // start and stop only, never while serving
  std::condition_variable decided_;
  unsigned booted_ = 0;
  unsigned serving_ = 0;
  unsigned ended_ = 0;
  bool called_off_ = false;
  std::string failure_;
};

}  // namespace shoal::cluster
