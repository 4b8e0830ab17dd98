#include "shoal/coro/scope.h"

#include <utility>

namespace shoal {

class scope::child final : public completion {
 public:
  child(scope& all, task<> work) noexcept
      : all_(all), work_(std::move(work)), next_(all.first_), link_(&all.first_) {
    if (next_ != nullptr) next_->link_ = &next_;
    all.first_ = this;
    ++all.running_;
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    --all_.running_;
  }

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    free_frame(memory, bytes);
  }

  void start() noexcept {
    if (work_.start(*this)) end();
  }

 private:
  std::coroutine_handle<> finished() noexcept override {
    scope& all = all_;
    end();
    if (all.running_ > 0 || !all.joining_) return std::noop_coroutine();
    return std::exchange(all.joining_, nullptr);
  }

  void end() noexcept {
    try {
      work_.take();
    } catch (...) {
      all_.fail(std::current_exception());
    }
    delete this;
  }

  scope& all_;
  task<> work_;
  child* next_;
  child** link_;  // what points to this: the scope's first_ or the next_ before
};

scope::~scope() {
  while (first_ != nullptr) delete first_;
}

void scope::start(task<> work) { (new child(*this, std::move(work)))->start(); }

void scope::fail(std::exception_ptr failure) noexcept {
  if (!failure_) failure_ = std::move(failure);
}

}  // namespace shoal
