#pragma once

#include <utility>

#include "io/operation.h"

namespace shoal::io::uring {

/// Operations in the order they came, linked through operation::next_: in one queue at a time.
class operation_queue final {
 public:
  operation_queue() noexcept = default;
  operation_queue(const operation_queue&) = delete;
  operation_queue& operator=(const operation_queue&) = delete;

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  void push(operation& op) noexcept {
    op.next_ = nullptr;
    *end_ = &op;
    end_ = &op.next_;
  }

  /// nullptr when empty.
  operation* pop() noexcept {
    operation* op = first_;
    if (op != nullptr) {
      first_ = op->next_;
      if (first_ == nullptr) end_ = &first_;
    }
    return op;
  }

  /// Moves all of `other` to the end.
  void append(operation_queue& other) noexcept {
    if (other.empty()) return;
    *end_ = std::exchange(other.first_, nullptr);
    end_ = std::exchange(other.end_, &other.first_);
  }

  /// Takes out those for which `leaves(op)` says so; it may push them elsewhere.
  template <typename Predicate>
  void remove_if(Predicate leaves) noexcept {
    operation* op = std::exchange(first_, nullptr);
    end_ = &first_;
    while (op != nullptr) {
      operation* following = op->next_;
      if (!leaves(*op)) push(*op);
      op = following;
    }
  }

 private:
  operation* first_ = nullptr;
  operation** end_ = &first_;
};

}  // namespace shoal::io::uring
