// Where the letters of a cluster lie, and how somebody in another process hears of one.
//
// A worker that sleeps waits in its driver, which nobody outside of its process can wake. Its
// process's main thread can, and sleeps in poll(2): so each node process has a bell (an eventfd)
// that any process can ring. Bells and boxes belong to the number of a process, not to its life:
// who follows one that has died or was replaced has the same.
//
// A bell that the dead have heard, or have died on the way to, wakes nobody. So who takes the
// boxes over reads them once without being called, and whenever a process has died all bells ring.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "shm/letter_boxes.h"

namespace shoal::cluster {

/// Made before the first fork.
/// Threads: any, of any process.
class post_office final {
 public:
  /// `homes` has the number of its process for each worker.
  static result<post_office> open(std::vector<unsigned> homes, std::size_t most_bytes);

  [[nodiscard]] unsigned workers() const noexcept { return boxes_.workers(); }
  [[nodiscard]] std::size_t most_bytes() const noexcept { return boxes_.most_bytes(); }
  [[nodiscard]] shm::letter_ring box(unsigned worker) const noexcept { return boxes_.of(worker); }

  /// Rings at the process of `worker`.
  void call(unsigned worker) const noexcept { ring(homes_[worker]); }

  /// Of the supervisor, when a process has ended and no other can have its pid yet.
  void died(pid_t process) const noexcept;

  // In a node process, of its own number.

  /// Readable: it has rung since the last hush().
  [[nodiscard]] int bell(unsigned process) const noexcept { return bells_[process].get(); }
  void hush(unsigned process) const noexcept;

  /// Adds what node processes need open.
  void keep_open(std::vector<int>& descriptors) const;

 private:
  post_office(shm::letter_boxes boxes, std::vector<unsigned> homes, std::vector<descriptor> bells)
      : boxes_(std::move(boxes)), homes_(std::move(homes)), bells_(std::move(bells)) {}

  void ring(unsigned process) const noexcept;

  shm::letter_boxes boxes_;
  std::vector<unsigned> homes_;
  std::vector<descriptor> bells_;
};

}  // namespace shoal::cluster
