// Cancellation: a wish, passed down to what waits, that it should not wait any longer.
//
// It resumes nothing by itself. Who waits registers a callback; the callback asks its operation to
// end (a driver's cancel, a timer taken out), and the outcome then arrives the usual way, from the
// loop. So cancel() may be called from anywhere on the thread, also inside a handler.
#pragma once

#include <utility>

namespace shoal {

class cancellation;

/// What a waiting operation holds: may it go on? A default one is never cancelled. One pointer.
/// Lifetime: the source outlives the operations that were given its token.
class cancellation_token final {
 public:
  cancellation_token() noexcept = default;

  [[nodiscard]] inline bool requested() const noexcept;

 private:
  friend class cancellation;
  friend class cancellation_callback;
  explicit cancellation_token(cancellation& source) noexcept : source_(&source) {}

  cancellation* source_ = nullptr;
};

/// Told when cancellation is requested. Lives in the operation that waits: registering allocates
/// nothing and cannot fail. Leaves by itself when it is destroyed.
class cancellation_callback {
 public:
  cancellation_callback(const cancellation_callback&) = delete;
  cancellation_callback& operator=(const cancellation_callback&) = delete;

  /// At most once for each watch(), on the thread of the source, inside its cancel(). It may watch
  /// or unwatch any callback; it must not resume a coroutine or destroy the source.
  virtual void cancelled() noexcept = 0;

 protected:
  cancellation_callback() noexcept = default;
  ~cancellation_callback() { unwatch(); }

  /// False if cancellation was requested before: cancelled() will not be called.
  [[nodiscard]] inline bool watch(cancellation_token) noexcept;

  /// Nothing happens if it does not watch.
  inline void unwatch() noexcept;

 private:
  friend class cancellation;

  cancellation_callback* next_ = nullptr;
  cancellation_callback** link_ = nullptr;  // what points to this; nullptr: does not watch
};

/// The source. It belongs to one thread; so do its tokens and callbacks. A request cannot be taken
/// back: whoever wants to try again makes another source.
class cancellation final {
 public:
  cancellation() noexcept = default;
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;

  /// Callbacks that still watch are let go, not called.
  ~cancellation() {
    while (first_ != nullptr) first_->unwatch();
  }

  [[nodiscard]] cancellation_token token() noexcept { return cancellation_token(*this); }
  [[nodiscard]] bool requested() const noexcept { return requested_; }

  /// Tells all that watch, each once. Later calls do nothing.
  void cancel() noexcept {
    requested_ = true;
    while (cancellation_callback* const next = first_) {
      next->unwatch();
      next->cancelled();
    }
  }

 private:
  friend class cancellation_callback;

  cancellation_callback* first_ = nullptr;
  bool requested_ = false;
};

inline bool cancellation_token::requested() const noexcept {
  return source_ != nullptr && source_->requested();
}

inline bool cancellation_callback::watch(cancellation_token token) noexcept {
  unwatch();
  if (token.requested()) return false;
  if (token.source_ == nullptr) return true;
  link_ = &token.source_->first_;
  next_ = std::exchange(*link_, this);
  if (next_ != nullptr) next_->link_ = &next_;
  return true;
}

inline void cancellation_callback::unwatch() noexcept {
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
}

}  // namespace shoal
