// The body of the first answer to a kind of request, for all threads of a load: whose it is, is
// decided once.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace shoal::load {

/// Threads: any.
class first_body final {
 public:
  first_body() = default;
  first_body(const first_body&) = delete;
  first_body& operator=(const first_body&) = delete;
  ~first_body() { delete body_.load(std::memory_order_relaxed); }  // no other thread is left

  /// nullptr: there has been no answer yet. Acquire: pairs with settle()'s release.
  [[nodiscard]] const std::string* get() const noexcept {
    return body_.load(std::memory_order_acquire);
  }

  /// The first that comes stays; returns that one.
  const std::string& settle(std::string body) {
    auto mine = std::make_unique<std::string>(std::move(body));
    std::string* first = nullptr;
    // Release: the text, for get(). Acquire: another thread's text.
    if (body_.compare_exchange_strong(first, mine.get(), std::memory_order_acq_rel)) {
      first = mine.release();
    }
    return *first;
  }

 private:
  std::atomic<std::string*> body_{nullptr};  // written once, by whoever is first; read by all
};

}  // namespace shoal::load
