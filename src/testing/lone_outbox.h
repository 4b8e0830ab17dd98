// Messages in a test from memory: there is one worker, and it gets what it sends, in a later turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include "http/messages.h"
#include "io/loop.h"

namespace shoal::test {

class lone_outbox final : public http::outbox, private io::runnable {
 public:
  static constexpr std::size_t most_waiting = 1024;  // as in a cluster

  /// Gives itself to `self`. All outlive it.
  lone_outbox(const std::vector<http::message_type>& types, worker& self, io::loop& loop)
      : types_(types), self_(self), loop_(loop) {
    self.use(this);
  }
  ~lone_outbox() {
    self_.use(nullptr);
    unlink();
  }

  [[nodiscard]] unsigned workers() const noexcept override { return 1; }

  [[nodiscard]] bool send(unsigned to, const void* type_key, const void* what) override {
    const auto type = http::number_of(types_, type_key);
    if (to != 0) throw std::out_of_range("shoal: a test from memory has one worker, number 0");
    if (waiting_.size() == most_waiting) return false;
    const auto* const bytes = static_cast<const std::byte*>(what);
    waiting_.push_back({type, {bytes, bytes + types_[type].bytes}});
    if (!linked()) loop_.defer(*this);
    return true;
  }

 private:
  struct letter {
    std::uint32_t type;
    std::vector<std::byte> contents;  // from operator new: aligned for all that a message may be
  };

  void run() noexcept override {
    for (auto left = waiting_.size(); left > 0; --left) {
      const auto one = std::move(waiting_.front());
      waiting_.pop_front();
      http::handle(types_[one.type], self_, one.contents.data(), {.worker = 0});
    }
  }

  const std::vector<http::message_type>& types_;
  worker& self_;
  io::loop& loop_;
  std::deque<letter> waiting_;
};

}  // namespace shoal::test
