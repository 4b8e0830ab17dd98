// One worker: a pinned thread with its driver, loop, states and HTTP server.
#pragma once

#include <thread>

#include "base/descriptor.h"
#include "cluster/blueprint.h"
#include "cluster/roll_call.h"
#include "io/loop.h"

namespace shoal::cluster {

/// Threads: the main thread of its process makes, drains and joins it.
class worker_thread final : private io::message {
 public:
  /// Starts at once. `index` counts within the process; `observer` may be nullptr, or outlives it.
  /// Throws std::system_error where the system allows no thread more.
  worker_thread(const blueprint& plan, const process_identity& who, unsigned index,
                roll_call& workers, http::request_observer* observer);
  ~worker_thread();
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  /// As if it had accepted the connection; after serving() and before drain(). False: there is no
  /// memory, and the connection stays the caller's.
  bool take(descriptor& connection) noexcept;

  /// Once at most, and only after it has reported serving(): answers what has begun, then ends.
  void drain() noexcept;

 private:
  class engine;
  class handed_over;

  void run() noexcept;
  void boot_and_serve();
  void deliver() noexcept override;  // of the message that drain() sends: on the worker's thread

  const blueprint& plan_;
  const process_identity who_;
  const unsigned index_;
  roll_call& workers_;
  http::request_observer* const observer_;
  // Written by the worker before it reports serving(), whose lock publishes it; read by drain().
  engine* engine_ = nullptr;
  std::thread thread_;
};

}  // namespace shoal::cluster
