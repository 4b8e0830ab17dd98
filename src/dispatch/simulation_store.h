// What a simulation keeps its things in: numbers instead of pointers, nothing allocated once the
// largest crowd has been there, and constant time for all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::dispatch {

using index = std::uint32_t;
inline constexpr index none = ~index{0};

/// Nodes that come and go. Node has a field `next`.
template <typename Node>
class pool final {
 public:
  index take() {
    if (free_ == none) {
      nodes_.emplace_back();
      return static_cast<index>(nodes_.size() - 1);
    }
    const index i = free_;
    free_ = nodes_[i].next;
    nodes_[i] = Node();
    return i;
  }

  void give_back(index i) noexcept {
    nodes_[i].next = free_;
    free_ = i;
  }

  Node& operator[](index i) noexcept { return nodes_[i]; }

 private:
  std::vector<Node> nodes_;
  index free_ = none;
};

/// First in, first out, threaded through the nodes of a pool; a node is in one at a time.
class fifo final {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == none; }
  [[nodiscard]] index head() const noexcept { return head_; }

  template <typename Node>
  void push(pool<Node>& nodes, index i) noexcept {
    nodes[i].next = none;
    if (head_ == none) {
      head_ = i;
    } else {
      nodes[tail_].next = i;
    }
    tail_ = i;
  }

  template <typename Node>
  index pop(pool<Node>& nodes) noexcept {
    const index i = head_;
    head_ = nodes[i].next;
    return i;
  }

  template <typename Node, typename Visit>
  void for_each(pool<Node>& nodes, Visit visit) const {
    for (index i = head_; i != none; i = nodes[i].next) visit(nodes[i]);
  }

 private:
  index head_ = none;
  index tail_ = none;
};

/// Some of the numbers 0 .. n-1, in no order.
class index_set final {
 public:
  explicit index_set(std::size_t n) : place_(n, none) {}

  void insert(index i) {
    if (contains(i)) return;
    place_[i] = static_cast<index>(members_.size());
    members_.push_back(i);
  }

  void erase(index i) noexcept {
    if (!contains(i)) return;
    const index last = members_.back();
    members_[place_[i]] = last;
    place_[last] = place_[i];
    place_[i] = none;
    members_.pop_back();
  }

  [[nodiscard]] bool contains(index i) const noexcept { return place_[i] != none; }
  [[nodiscard]] const std::vector<index>& members() const noexcept { return members_; }

 private:
  std::vector<index> members_;
  std::vector<index> place_;
};

}  // namespace shoal::dispatch
