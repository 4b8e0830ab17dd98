// One worker: a pinned thread with its driver, loop, states and HTTP server.
#pragma once

#include <thread>

#include <atomic>
#include "base/descriptor.h"

#include "cluster/bell.h"
#include "cluster/blueprint.h"
#include "cluster/roll_call.h"
#include "http/lending.h"
#include "io/loop.h"

namespace shoal::cluster {

/// Threads: the main thread of its process makes, drains and joins it.
class worker_thread final : private io::message {
 public:
  /// Starts at once. `index` counts within the process; `observer` may be nullptr, or outlives it.
  /// Throws std::system_error where the system allows no thread more.
  worker_thread(const blueprint& plan, const process_identity& who, unsigned index,
                roll_call& workers, bell& bell, http::request_observer* observer);
  ~worker_thread();
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  /// As if it had accepted the connection; after serving() and before drain(). False: there is no
  /// memory, and the connection stays the caller's.
  bool take(descriptor& connection) noexcept;

  /// Once at most, and only after it has reported serving(): answers what has begun, then ends.
  void drain() noexcept;

  // Between serving() and drain(), from the main thread.

  /// What it has on offer, and how long its turn lasts.
  [[nodiscard]] http::lending& connections() noexcept { return lending_; }

  /// A turn of the last time was long, though it is over now.
  [[nodiscard]] bool take_had_long_turn() noexcept {
    return had_long_turn_.load(std::memory_order_relaxed) &&
           had_long_turn_.exchange(false, std::memory_order_relaxed);
  }

  /// Takes over what waits for `stuck`; with `all` its idle connections too. False: it is about to
  /// help somebody already.
  bool help(worker_thread& stuck, bool all) noexcept;

 private:
  class engine;
  class handed_over;

  /// One that is under way at most.
  class call_for_help final : public io::message {
   public:
    explicit call_for_help(worker_thread& helper) noexcept : helper_(helper) {}
    void deliver() noexcept override;

    std::atomic<bool> sent{false};
    http::lending* from = nullptr;
    bool all = false;

   private:
    worker_thread& helper_;
  };

  void run() noexcept;
  void boot_and_serve();
  void deliver() noexcept override;  // of the message that drain() sends: on the worker's thread

  const blueprint& plan_;
  const process_identity who_;
  const unsigned index_;
  roll_call& workers_;
  bell& bell_;
  http::request_observer* const observer_;
  http::lending lending_;
  std::atomic<bool> had_long_turn_{false};  ///< the worker sets it, the watcher clears it
  call_for_help call_{*this};
  // Written by the worker before it reports serving(), whose lock publishes it; read by drain().
  engine* engine_ = nullptr;
  std::thread thread_;
};

}  // namespace shoal::cluster
