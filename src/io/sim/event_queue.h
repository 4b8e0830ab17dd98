#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "io/sim/heap.h"

namespace shoal::io::sim {

struct endpoint;
struct socket;

/// Something that happens at a time, in the world outside the driver.
struct event {
  enum class kind : std::uint8_t { bytes, fin, rst, syn, established, refused, look, call };

  monotonic_time time;
  kind what;
  endpoint* end = nullptr;     // where it happens
  std::uint64_t amount = 0;    // of bytes; a call's index; a listener's serial
  socket* listener = nullptr;  // of a syn
  std::uint64_t order = 0;     // the queue's
};

/// Events by time, those of one time in the order in which they were pushed. Most happen at once,
/// so these have a lane of their own, which costs no search.
class event_queue final {
 public:
  /// `now` never goes back, and no event is earlier.
  void push(event e, monotonic_time now) {
    e.order = ++pushed_;
    if (e.time <= now) {
      at_once_.push_back(e);
    } else {
      later_.push_back(e);
      std::push_heap(later_.begin(), later_.end(), comes_after);
    }
  }

  [[nodiscard]] bool empty() const noexcept { return next_ == at_once_.size() && later_.empty(); }

  /// `never` when empty.
  [[nodiscard]] monotonic_time next_time() const noexcept {
    if (empty()) return never;
    return at_once_is_next() ? at_once_[next_].time : later_.front().time;
  }

  /// The first; not of an empty queue.
  [[nodiscard]] event pop() noexcept {
    if (at_once_is_next()) {
      const event e = at_once_[next_++];
      if (next_ == at_once_.size()) {
        at_once_.clear();
        next_ = 0;
      }
      return e;
    }
    std::pop_heap(later_.begin(), later_.end(), comes_after);
    const event e = later_.back();
    later_.pop_back();
    return e;
  }

 private:
  static bool comes_after(const event& a, const event& b) noexcept {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }
  [[nodiscard]] bool at_once_is_next() const noexcept {
    if (next_ == at_once_.size()) return false;
    return later_.empty() || comes_after(later_.front(), at_once_[next_]);
  }

  std::uint64_t pushed_ = 0;
  vector<event> at_once_;  // sorted, since now never goes back
  std::size_t next_ = 0;   // of at_once_
  vector<event> later_;    // a heap, the first on top
};

}  // namespace shoal::io::sim
