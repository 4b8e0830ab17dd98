// A doubly linked list whose links live in the elements: linking allocates nothing and cannot fail,
// and an element can leave from the middle knowing only itself.
#pragma once

#include "base/check.h"

namespace shoal {

/// Base of an element. An element is in at most one list for each base, and must leave it before
/// it dies. It stays where it is: not copyable, not movable.
class list_node {
 public:
  list_node() noexcept = default;
  list_node(const list_node&) = delete;
  list_node& operator=(const list_node&) = delete;
  ~list_node() { SHOAL_DCHECK(!linked()); }

  [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }

  /// Leaves its list; nothing happens if it is in none.
  void unlink() noexcept {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <typename>
  friend class intrusive_list;

  list_node* previous_ = nullptr;
  list_node* next_ = nullptr;
};

/// T derives from list_node. First in, first out with push_back and pop_front.
template <typename T>
class intrusive_list final {
 public:
  intrusive_list() noexcept { head_.previous_ = head_.next_ = &head_; }
  ~intrusive_list() {
    clear();
    head_.previous_ = head_.next_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }

  void push_back(T& element) noexcept {
    list_node& node = element;
    SHOAL_DCHECK(!node.linked());
    node.previous_ = head_.previous_;
    node.next_ = &head_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }

  [[nodiscard]] T& front() noexcept { return static_cast<T&>(*head_.next_); }

  [[nodiscard]] T& back() noexcept { return static_cast<T&>(*head_.previous_); }

  /// nullptr when empty.
  T* pop_front() noexcept {
    if (empty()) return nullptr;
    T& first = front();
    static_cast<list_node&>(first).unlink();
    return &first;
  }

  /// Calls `visit` for each, in order; it may unlink or destroy the element that it is given.
  template <typename Visit>
  void for_each(Visit visit) {
    for (list_node* node = head_.next_; node != &head_;) {
      T& element = static_cast<T&>(*node);
      node = node->next_;
      visit(element);
    }
  }

  /// Unlinks all; destroys none.
  void clear() noexcept {
    while (pop_front() != nullptr) {
    }
  }

  /// Moves all of `other` to this list's end, in order. Constant time.
  void splice_back(intrusive_list& other) noexcept {
    if (other.empty()) return;
    list_node* first = other.head_.next_;
    list_node* last = other.head_.previous_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
    other.head_.previous_ = other.head_.next_ = &other.head_;
  }

 private:
  list_node head_;
};

}  // namespace shoal
