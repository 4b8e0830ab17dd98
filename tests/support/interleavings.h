// Runs a few threads of control over shared words in every order there is. Each access to a
// model_atomic hands over to a scheduler, which goes depth first through all its choices; a state
// that it has been in before is not gone through again.
//
// The model is sequential consistency: it says nothing of weaker orders, whose partners are named
// where they stand and which ThreadSanitizer looks at in tests that run on real threads.
#pragma once

#include <ucontext.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

// There if the program is built with ThreadSanitizer, which has to be told of stacks.
extern "C" {
__attribute__((weak)) void* __tsan_get_current_fiber();
__attribute__((weak)) void* __tsan_create_fiber(unsigned flags);
__attribute__((weak)) void __tsan_destroy_fiber(void* fiber);
__attribute__((weak)) void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}

namespace shoal::test {

class interleavings final {
 public:
  /// The one that runs now; models find it.
  static interleavings*& current() noexcept {
    static interleavings* running = nullptr;
    return running;
  }

  explicit interleavings(std::size_t threads) {
    if (__tsan_get_current_fiber != nullptr) sanitizer_ = __tsan_get_current_fiber();
    for (std::size_t i = 0; i < threads; ++i) {
      fibers_.push_back(std::make_unique<fiber>(*this));
    }
  }

  /// `prepare` makes the shared state anew and returns what each thread does; `judge` looks at the
  /// end of a run. Stops at the first fault.
  template <typename Prepare, typename Judge>
  void explore(Prepare prepare, Judge judge) {
    current() = this;
    do {
      begin_run();
      auto bodies = prepare();
      for (std::size_t i = 0; i < fibers_.size(); ++i) fibers_[i]->body = std::move(bodies[i]);
      run_to_end();
      judge();
      ++runs_;
    } while (fault_.empty() && next_run());
    current() = nullptr;
  }

  /// For bodies and judges.
  void require(bool holds, const char* what) {
    if (!holds && fault_.empty()) fault_ = what;
  }
  /// What the world decides, not the scheduler: one of `count` ways.
  unsigned choose(unsigned count) {
    const unsigned chosen = decide(count);
    note(chosen);
    return chosen;
  }

  /// Others may run now.
  void step() {
    if (running_ == nullptr) return;
    note(0x57e9);  // where it stands is part of its state, even where it has seen nothing
    switch_to(nullptr);
  }
  /// Others must: nothing changes before somebody writes.
  void pause() {
    if (running_ == nullptr) return;
    note(0x9a5e);
    running_->waits = true;
    switch_to(nullptr);
  }
  /// Others must, as long as `holds`, which looks at watched words alone, says no.
  void wait_until(std::function<bool()> holds) {
    if (running_ == nullptr) return;
    running_->awaits = std::move(holds);
    switch_to(nullptr);
    running_->awaits = nullptr;
  }
  /// All that decides what a thread does next is what it has seen.
  void note(std::uint64_t seen) noexcept {
    if (running_ != nullptr) running_->history = (running_->history ^ seen) * 0x100000001b3 + 1;
  }
  /// It comes to a place where nothing counts any more of what it has seen, but which place that
  /// is. Leaves far fewer states to go through.
  void arrive(std::uint64_t place) noexcept {
    if (running_ != nullptr) running_->history = place;
  }
  void wrote() noexcept {
    for (const auto& f : fibers_) f->waits = false;
  }
  void watch(const std::uint64_t& word) { words_.push_back(&word); }

  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  [[nodiscard]] std::size_t runs() const noexcept { return runs_; }
  [[nodiscard]] std::size_t states() const noexcept { return seen_.size(); }

 private:
  struct fiber {
    explicit fiber(interleavings& of) : owner(of), stack(stack_bytes) {
      if (__tsan_create_fiber != nullptr) sanitizer = __tsan_create_fiber(0);
      ::getcontext(&context);
      context.uc_stack.ss_sp = stack.data();
      context.uc_stack.ss_size = stack.size();
      context.uc_link = nullptr;
      const auto self = reinterpret_cast<std::uintptr_t>(this);
      ::makecontext(&context, reinterpret_cast<void (*)()>(&fiber::enter), 2,
                    static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
    }
    ~fiber() {
      if (sanitizer != nullptr) __tsan_destroy_fiber(sanitizer);
    }
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    /// Never returns: the stack serves the next run.
    static void enter(unsigned high, unsigned low) {
      auto& self = *reinterpret_cast<fiber*>(std::uintptr_t{high} << 32 | low);
      for (;;) {
        self.body();
        self.done = true;
        self.owner.switch_to(nullptr);
      }
    }

    static constexpr std::size_t stack_bytes = 256 * 1024;

    interleavings& owner;
    std::vector<char> stack;
    ucontext_t context{};
    void* sanitizer = nullptr;
    std::function<void()> body;
    std::uint64_t history = 0;
    std::function<bool()> awaits;
    bool waits = false;
    bool done = false;

    [[nodiscard]] bool able() const { return !done && !waits && (!awaits || awaits()); }
  };

  void begin_run() {
    position_ = 0;
    known_ = false;
    words_.clear();
    for (const auto& f : fibers_) {
      f->history = 0;
      f->waits = f->done = false;
    }
  }

  void run_to_end() {
    for (;;) {
      std::vector<fiber*> able;
      bool all_done = true;
      for (const auto& f : fibers_) {
        all_done &= f->done;
        if (f->able()) able.push_back(f.get());
      }
      if (all_done) return;
      require(!able.empty(), "everybody waits for somebody else");
      if (able.empty()) std::abort();  // their stacks cannot be left
      if (position_ == choices_.size() && !known_) known_ = !seen_.insert(state()).second;
      switch_to(able[decide(static_cast<unsigned>(able.size()))]);
    }
  }

  [[nodiscard]] std::vector<std::uint64_t> state() const {
    std::vector<std::uint64_t> all;
    all.reserve(words_.size() + 2 * fibers_.size());
    for (const std::uint64_t* word : words_) all.push_back(*word);
    for (const auto& f : fibers_) {
      all.push_back(f->history);
      all.push_back((f->done ? 2U : 0U) + (f->waits ? 1U : 0U));
    }
    return all;
  }

  struct choice {
    unsigned taken;
    unsigned count;
  };

  unsigned decide(unsigned count) {
    if (position_ < choices_.size()) return choices_[position_++].taken;
    if (known_) return 0;
    choices_.push_back({0, count});
    ++position_;
    return 0;
  }

  /// The next way in depth-first order; false: that was all.
  bool next_run() {
    while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().count) {
      choices_.pop_back();
    }
    if (choices_.empty()) return false;
    ++choices_.back().taken;
    return true;
  }

  void switch_to(fiber* next) {
    fiber* const from = std::exchange(running_, next);
    void* const told = next != nullptr ? next->sanitizer : sanitizer_;
    if (__tsan_switch_to_fiber != nullptr) __tsan_switch_to_fiber(told, 0);
    ::swapcontext(from != nullptr ? &from->context : &home_,
                  next != nullptr ? &next->context : &home_);
  }

  std::vector<std::unique_ptr<fiber>> fibers_;
  fiber* running_ = nullptr;
  ucontext_t home_{};
  void* sanitizer_ = nullptr;
  std::vector<choice> choices_;
  std::size_t position_ = 0;
  bool known_ = false;  ///< from here on others have been
  std::vector<const std::uint64_t*> words_;
  std::set<std::vector<std::uint64_t>> seen_;
  std::size_t runs_ = 0;
  std::string fault_;
};

/// Stands for std::atomic of an integer.
template <typename T>
class model_atomic {
 public:
  model_atomic(T value = {}) : word_(static_cast<std::uint64_t>(value)) {
    interleavings::current()->watch(word_);
  }
  model_atomic(const model_atomic&) = delete;
  model_atomic& operator=(const model_atomic&) = delete;

  T load(std::memory_order) const {
    return touch([this] { return value(); });
  }
  void store(T to, std::memory_order) {
    touch([&] { return write(to), T{}; });  // what was there is not seen
  }
  T exchange(T to, std::memory_order) {
    return touch([&] { return write(to); });
  }
  T fetch_add(T by, std::memory_order) {
    return touch([&] { return write(value() + by); });
  }
  T fetch_sub(T by, std::memory_order) {
    return touch([&] { return write(value() - by); });
  }
  bool compare_exchange_strong(T& seen, T to, std::memory_order,
                               std::memory_order = std::memory_order_relaxed) {
    const T expected = seen;
    seen = touch([&] { return value() == expected ? write(to) : value(); });
    return seen == expected;
  }

  static void pause() { interleavings::current()->pause(); }

 private:
  [[nodiscard]] T value() const { return static_cast<T>(word_); }
  T write(T to) {
    interleavings::current()->wrote();
    return static_cast<T>(std::exchange(word_, static_cast<std::uint64_t>(to)));
  }
  template <typename Access>
  static T touch(Access access) {
    interleavings::current()->step();
    const T seen = access();
    interleavings::current()->note(static_cast<std::uint64_t>(seen));
    return seen;
  }

  std::uint64_t word_;
};

}  // namespace shoal::test
