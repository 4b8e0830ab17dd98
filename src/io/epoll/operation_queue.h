#pragma once

#include <utility>

#include "io/operation.h"

namespace shoal::io {

/// First in, first out, through operation::next_. A push touches its own operation alone: on a
/// machine whose every system call empties the TLB, a neighbour's page is dear. take() turns the
/// chain round, when all of it is about to be touched anyhow.
class operation_queue final {
 public:
  [[nodiscard]] bool empty() const noexcept { return last_ == nullptr; }

  void push(operation& op) noexcept { op.next_ = std::exchange(last_, &op); }

  /// All of them, the first one first; follow next_.
  [[nodiscard]] operation* take() noexcept {
    operation* first = nullptr;
    for (operation* op = std::exchange(last_, nullptr); op != nullptr;) {
      operation* before = std::exchange(op->next_, first);
      first = std::exchange(op, before);
    }
    return first;
  }

 private:
  operation* last_ = nullptr;
};

}  // namespace shoal::io
