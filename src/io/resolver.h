// Names to addresses without holding up a loop: getaddrinfo() blocks, so a helper thread asks it.
//
// One for each loop, started when the first name is asked for. A name that several coroutines want
// at once is asked for once; what it means is kept for a while.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/intrusive_list.h"
#include "io/loop.h"
#include "io/waiter.h"
#include "shoal/io/address.h"

namespace shoal::io {

/// What a name means: addresses without a port, the preferred one first, or why there are none.
struct resolved_name {
  std::vector<tcp::address> addresses;
  std::string problem;
};

class resolver final : public loop_guest {
 public:
  static constexpr nanoseconds kept_for = std::chrono::seconds{30};
  static constexpr std::size_t most_names = 256;

  /// May block; called on the helper thread, one name at a time.
  using lookup = std::function<resolved_name(const std::string& host)>;

  resolver(loop& on, lookup look_up);
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;
  /// Waits for the helper thread, which may be in the middle of a lookup.
  ~resolver();

  /// The loop's own, which asks the system and ends with the loop.
  [[nodiscard]] static resolver& of(loop& on);

  /// co_await: std::shared_ptr<const resolved_name>; nullptr at the deadline. The helper goes on
  /// with the lookup then, and the next names wait for it.
  class [[nodiscard]] asking final : public list_node {
   public:
    asking(resolver& from, std::string host, monotonic_time deadline)
        : from_(from), host_(std::move(host)), deadline_(deadline) {}
    asking(const asking&) = delete;
    asking& operator=(const asking&) = delete;
    ~asking() { leave(); }
    [[nodiscard]] bool await_ready() {
      answer_ = from_.known(host_);
      return answer_ != nullptr;
    }
    void await_suspend(std::coroutine_handle<> caller) {
      from_.ask(*this);
      waiter_.begin(from_.loop_, caller, deadline_);
    }
    [[nodiscard]] std::shared_ptr<const resolved_name> await_resume() noexcept {
      leave();
      return std::move(answer_);
    }

   private:
    friend class resolver;
    /// The resolver, and the loop, may be gone.
    void leave() noexcept {
      unlink();
      static_cast<list_node&>(static_cast<timer&>(waiter_)).unlink();
    }

    resolver& from_;
    std::string host_;
    monotonic_time deadline_;
    waiter waiter_;
    std::shared_ptr<const resolved_name> answer_;
  };
  [[nodiscard]] asking resolve(std::string host, monotonic_time deadline = never) {
    return {*this, std::move(host), deadline};
  }

 private:
  /// Travels to the helper and back.
  struct question final : message {
    void deliver() noexcept override { owner->answered(*this); }
    resolver* owner = nullptr;
    std::string host;
    resolved_name answer;
  };
  struct name {
    std::unique_ptr<question> asked;  // while the helper has it
    intrusive_list<asking> waiting;
    std::shared_ptr<const resolved_name> answer;
    monotonic_time stale{};
  };

  [[nodiscard]] std::shared_ptr<const resolved_name> known(const std::string& host) const;
  void ask(asking&);
  void answered(question&) noexcept;
  void make_room();
  void help() noexcept;
  void stop() noexcept;
  void loop_ended() noexcept override;

  loop& loop_;
  const lookup look_up_;
  bool ends_with_loop_ = false;
  std::map<std::string, name> names_;

  std::thread helper_;
  std::mutex mutex_;  // of what follows; held for a moment, never during a lookup
  std::condition_variable changed_;
  std::deque<question*> questions_;
  bool stopping_ = false;
};

}  // namespace shoal::io
