// One worker: a pinned thread with its driver, loop, states and HTTP server.
#pragma once

#include <atomic>
#include <semaphore>
#include <span>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "cluster/blueprint.h"
#include "cluster/node/bell.h"
#include "cluster/node/rebalancer.h"
#include "cluster/node/roll_call.h"
#include "cluster/node/way_out.h"
#include "compute/executor.h"
#include "http/lending.h"
#include "io/loop.h"
#include "topology/page_places.h"

namespace shoal::cluster {

/// Threads: the main thread of its process makes, drains and joins it.
class worker_thread final {
 public:
  /// Starts at once. `index` counts within the process; `crew` has a place for each of its workers,
  /// which they fill; `observer` may be nullptr. All of them, and the executors, outlive it.
  /// Throws std::system_error where the system allows no thread more.
  worker_thread(const blueprint& plan, const process_identity& who, unsigned index,
                roll_call& workers, way_out& out, std::span<worker_thread*> crew, bell& bell,
                http::request_observer* observer, const compute::executors& executors);
  ~worker_thread();
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  /// As if it had accepted the connection; when all have booted and before drain(). False: there is
  /// no memory, and the connection stays the caller's.
  bool take(descriptor& connection) noexcept;

  /// Goes on with a connection of another worker's, when it drains too. From one who holds in the
  /// roll call, or the main thread while not all have drained. False: as for take().
  bool adopt(http::moved_connection&& moved) noexcept;

  // Once at most each but rest(), and only when all have booted; vacate() only after open(),
  // leave() only after that or after begin_trial().

  /// Another process has its slot still; it serves what comes by take() and adopt(), and counts.
  void begin_trial() noexcept;
  /// Takes its slot and begins to accept; then it reports serving().
  void open() noexcept;
  /// No process that was left has its listeners any more.
  void be_alone() noexcept;
  /// Sends its connections to others between two requests, and what it is given from now on; or
  /// serves again. Any number of times, from open() until vacate() or drain().
  void rest(bool whether) noexcept;
  /// Another process has its slot and reads what is sent to it. It serves on.
  void vacate() noexcept;
  /// Accepts no more, and sends its connections to another process between two requests.
  void leave() noexcept;
  /// Handlers can know that there will be a stop. Once.
  void announce_stop() noexcept;
  /// Answers what has begun.
  void drain() noexcept;

  /// So many percent of its connections go to the process that is to succeed its own; 0: no more.
  /// As often as one likes, between serving() and drain(). Forgotten where there is no memory.
  void share(unsigned percent) noexcept;

  /// Somebody may have sent it messages. After open(), and before end() is called for any of its
  /// process; any thread.
  void call_for_letters() const noexcept;

  /// Once all workers of the process have drained.
  void end() noexcept;

  // Between serving() and drain(), from the main thread.

  /// What it has on offer, and how long its turn lasts.
  [[nodiscard]] http::lending& connections() noexcept { return lending_; }

  /// A turn of the last time was long, though it is over now.
  [[nodiscard]] bool take_had_long_turn() noexcept {
    return had_long_turn_.load(std::memory_order_relaxed) &&
           had_long_turn_.exchange(false, std::memory_order_relaxed);
  }

  /// What it has of its own, for who asks where its pages lie: its stack, and where it receives.
  [[nodiscard]] std::span<const topology::page_range> memory() const noexcept { return memory_; }

  /// Takes over what waits for `stuck`; with `all` its idle connections too. False: it is about to
  /// help somebody already.
  bool help(worker_thread& stuck, bool all) noexcept;

  /// Gives connections to others as `what` says. Forgotten if it has not begun with the last order.
  void give(const shift& what);

 private:
  class engine;
  class handed_over;
  class order_to_share;

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

  /// Likewise.
  class order_to_give final : public io::message {
   public:
    explicit order_to_give(worker_thread& giver) noexcept : giver_(giver) {}
    void deliver() noexcept override;

    std::atomic<bool> sent{false};
    shift what;

   private:
    worker_thread& giver_;
  };

  /// The last one counts.
  class order_to_rest final : public io::message {
   public:
    explicit order_to_rest(worker_thread& who) noexcept : who_(who) {}
    void deliver() noexcept override;

    std::atomic<bool> sent{false};
    std::atomic<bool> whether{false};

   private:
    worker_thread& who_;
  };

  /// Something that its own thread does.
  class order final : public io::message {
   public:
    using deed = void (engine::*)() noexcept;
    order(worker_thread& who, deed what) noexcept : who_(who), what_(what) {}
    void deliver() noexcept override { who_.carry_out(what_); }

   private:
    worker_thread& who_;
    const deed what_;
  };

  class moved_here;

  /// nullptr: it is none of its process.
  [[nodiscard]] worker_thread* neighbour(unsigned id) const noexcept;
  void run() noexcept;
  void boot_and_serve();
  void carry_out(order::deed what) noexcept;
  [[nodiscard]] const topology::worker_place& place() const noexcept {
    return plan_.placement.processes[who_.process].workers[index_];
  }
  [[nodiscard]] unsigned id() const noexcept {
    return plan_.first_worker_of(who_.process) + index_;
  }

  const blueprint& plan_;
  const process_identity who_;
  const unsigned index_;
  roll_call& workers_;
  way_out& out_;
  const std::span<worker_thread*> crew_;
  bell& bell_;
  http::request_observer* const observer_;
  const compute::executors executors_;
  http::lending lending_;
  std::atomic<bool> had_long_turn_{false};  ///< the worker sets it, the watcher clears it
  call_for_help call_{*this};
  order_to_give giving_{*this};
  order_to_rest resting_{*this};
  order trying_;
  order opening_;
  order alone_;
  order vacating_;
  order leaving_;
  order announcing_;
  order draining_;
  order ending_;
  // Written by the worker before it reports booted(), whose lock publishes it to the others.
  engine* engine_ = nullptr;
  std::vector<topology::page_range> memory_;
  std::binary_semaphore may_end_{0};  ///< end(), which wakes the driver, has returned
  std::thread thread_;
};

}  // namespace shoal::cluster
