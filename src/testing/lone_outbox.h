// Messages in a test from memory: there is one worker, and a supervisor that does nothing else.
// What they send each other or themselves comes in a later turn.
#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "http/messages.h"
#include "io/loop.h"

namespace shoal::test {

class lone_outbox final : private io::runnable {
 public:
  static constexpr std::size_t most_waiting = 1024;  // as in a cluster

  /// Gives itself to `self`. All outlive it.
  lone_outbox(const std::vector<http::message_type>& types, worker& self, io::loop& loop)
      : types_(types), self_(self), loop_(loop) {
    self.use(&of_worker_);
    above_.use(&of_supervisor_);
  }
  ~lone_outbox() {
    self_.use(nullptr);
    unlink();
  }

 private:
  class side final : public http::outbox {
   public:
    side(lone_outbox& at, unsigned from) noexcept : at_(at), from_(from) {}
    [[nodiscard]] unsigned workers() const noexcept override { return 1; }
    [[nodiscard]] bool send(unsigned to, const void* type_key, std::string_view what,
                            int fd) override {
      return at_.take(from_, to, type_key, what, fd);
    }

   private:
    lone_outbox& at_;
    const unsigned from_;
  };

  struct letter {
    unsigned from;
    unsigned to;
    std::uint32_t type;
    passed_descriptor with;
    std::vector<char> contents;  // from operator new: aligned for all that a message may be
  };

  bool take(unsigned from, unsigned to, const void* type_key, std::string_view what, int fd) {
    const auto type = http::number_of(types_, type_key, to);
    if (to != 0 && to != the_supervisor)
      throw std::out_of_range("shoal: a test from memory has one worker, number 0");
    http::check_length(types_[type], what);
    http::check_descriptor(types_[type], fd);
    if (waiting_.size() == most_waiting) return false;
    passed_descriptor with(fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    waiting_.push_back({from, to, type, std::move(with), {what.begin(), what.end()}});
    if (!linked()) loop_.defer(*this);
    return true;
  }

  void run() noexcept override {
    for (auto left = waiting_.size(); left > 0; --left) {
      auto one = std::move(waiting_.front());
      waiting_.pop_front();
      const std::string_view what(one.contents.data(), one.contents.size());
      if (one.to == the_supervisor) {
        http::handle(types_[one.type], above_, what, {.worker = one.from}, std::move(one.with));
      } else {
        http::handle(types_[one.type], self_, what, {.worker = one.from}, std::move(one.with));
      }
    }
  }

  const std::vector<http::message_type>& types_;
  worker& self_;
  io::loop& loop_;
  supervisor above_;
  side of_worker_{*this, 0};
  side of_supervisor_{*this, the_supervisor};
  std::deque<letter> waiting_;
};

}  // namespace shoal::test
