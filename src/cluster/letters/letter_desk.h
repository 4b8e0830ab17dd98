// What one worker sends and gets.
//
// It reads its box while the slot is its own: from open() to leave(), when the worker vacates. What
// comes before waits, and what comes afterwards is its successor's. Letters are read in turns of
// the loop, a bounded number each, so that clients are served between them.
#pragma once

#include <atomic>
#include <span>
#include <string_view>
#include <vector>

#include "cluster/letters/letter_reader.h"
#include "cluster/letters/post_office.h"
#include "io/loop.h"
#include "shm/tally.h"
#include "shoal/http/message.h"
#include "shoal/http/worker.h"

namespace shoal::cluster {

class worker_thread;

/// Threads: its worker's, but for call() and what http::outbox says.
class letter_desk final : public http::outbox {
 public:
  /// `crew` are the workers of its process, the first of which has the number `first`. It gives
  /// itself to `self`. All outlive it.
  letter_desk(const post_office& post, const std::vector<http::message_type>& types, worker& self,
              io::loop& loop, std::span<worker_thread* const> crew, unsigned first,
              shm::worker_tally& tally);
  ~letter_desk();

  [[nodiscard]] unsigned workers() const noexcept override { return post_.workers(); }
  [[nodiscard]] bool send(unsigned to, const void* type_key, std::string_view what,
                          int fd) override;

  /// When all workers of the process have booted and its box is nobody else's.
  void open() noexcept;
  /// Another process has the box.
  void leave() noexcept {
    has_box_ = false;
    reader_.leave();
  }

  // Any thread.

  /// There may be letters.
  void call() const noexcept;

  /// From here on its neighbours have no boxes any more, or may end at any time: who is to be woken
  /// is called by way of the post office.
  void leave_neighbours() noexcept { calls_neighbours_.store(false); }

 private:
  /// That somebody has called. One that is under way at most.
  class arrival final : public io::message {
   public:
    explicit arrival(letter_desk& at) noexcept : at_(at) {}
    void deliver() noexcept override { at_.heed(); }

    std::atomic<bool> sent{false};

   private:
    letter_desk& at_;
  };

  class reading final : public io::runnable {
   public:
    explicit reading(letter_desk& at) noexcept : at_(at) {}
    void run() noexcept override { at_.read(); }

   private:
    letter_desk& at_;
  };

  void wake(unsigned worker) const noexcept;
  void heed() noexcept;
  void read() noexcept;

  const post_office& post_;
  const std::vector<http::message_type>& types_;
  worker& self_;
  io::loop& loop_;
  const std::span<worker_thread* const> crew_;
  const unsigned first_;
  const pid_t author_;
  shm::worker_tally& tally_;
  letter_reader reader_;
  mutable arrival arrival_{*this};
  reading reading_{*this};
  bool has_box_ = false;
  // Read by whoever sends. Sequentially consistent: false is seen by who has found a reader asleep
  // that began to read afterwards.
  std::atomic<bool> calls_neighbours_{false};
};

}  // namespace shoal::cluster
