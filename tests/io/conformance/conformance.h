// The fixture of the suite, and operations that remember what they were told. Every driver passes
// the suite unchanged: what one cannot promise has no place in the contract.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness.h"
#include "io/driver.h"

namespace shoal::io::conformance {

/// True while some driver is inside deliver(): where alone outcomes may come from.
inline bool delivering = false;

/// What one operation was told. Whoever overhears an outcome outside deliver(), or after the last
/// one, fails the test.
struct record {
  std::vector<outcome> outcomes;
  bool expecting = true;              ///< until the last outcome of the latest start
  std::function<void(outcome)> then;  ///< what the test does from within an outcome

  void note(const operation& op, outcome o) {
    EXPECT_TRUE(delivering) << "an outcome came from outside deliver()";
    EXPECT_TRUE(expecting) << "an outcome came after the last one";
    EXPECT_EQ(op.in_flight(), o.more);
    outcomes.push_back(o);
    expecting = o.more;
  }
  [[nodiscard]] bool done() const { return !expecting; }
  [[nodiscard]] int last() const { return outcomes.empty() ? 1 << 30 : outcomes.back().value; }
  [[nodiscard]] std::size_t count() const { return outcomes.size(); }
};

struct acceptor final : accept_op, record {
  std::vector<int> sockets;
  void accepted(outcome o) noexcept override {
    note(*this, o);
    if (o.ok()) sockets.push_back(o.value);
    if (then) then(o);
  }
};

struct receiver final : receive_op, record {
  std::string bytes;
  bool hold = false;  ///< keep the leases instead of copying and letting go
  std::vector<lease> held;
  void received(outcome o, lease l) noexcept override {
    note(*this, o);
    EXPECT_EQ(l.bytes().size(), o.value > 0 ? static_cast<std::size_t>(o.value) : 0U);
    bytes.append(reinterpret_cast<const char*>(l.bytes().data()), l.bytes().size());
    if (hold && !l.empty()) held.push_back(std::move(l));
    if (then) then(o);
  }
};

struct sender final : send_op, record {
  void sent(outcome o) noexcept override {
    note(*this, o);
    if (then) then(o);
  }
  void set(std::string_view text) { bytes = std::as_bytes(std::span(text)); }
};

struct file_sender final : send_file_op, record {
  void file_sent(outcome o) noexcept override {
    note(*this, o);
    if (then) then(o);
  }
};

struct connector final : connect_op, record {
  void connected(outcome o) noexcept override { note(*this, o); }
};

class conformance : public testing::TestWithParam<driver_under_test> {
 protected:
  void SetUp() override {
    auto opened = GetParam().open({});
    if (!opened) GTEST_SKIP() << GetParam().name << ": " << opened.error().message;
    world_ = std::move(opened).value();
  }

  void TearDown() override { end_world(); }

  /// Starts anew with a driver of these options.
  void reopen(const driver_options& options) {
    end_world();
    world_ = std::move(GetParam().open(options)).value();
  }

  /// An operation that outlives the driver, so that a test may end with it in flight.
  template <typename Op>
  [[nodiscard]] Op& make() {
    auto made = std::make_shared<Op>();
    if constexpr (std::is_same_v<receiver, Op>) receivers_.push_back(made.get());
    operations_.push_back(made);
    return *made;
  }

  [[nodiscard]] world& scene() { return *world_; }
  [[nodiscard]] driver& io() { return world_->io(); }

  void turn(monotonic_time until) {
    io().wait(until);
    deliver();
  }
  void deliver() {
    delivering = true;
    io().deliver();
    delivering = false;
  }

  /// Turns that do not block, or for a moment where a thread has to come up: enough for whatever
  /// has already happened to come out.
  void settle(int turns = 16) {
    const bool waits = GetParam().keeps == pace::its_own;
    for (int i = 0; i < turns; ++i) {
      turn(waits ? io().now() + std::chrono::milliseconds(1) : monotonic_time{});
    }
  }

  [[nodiscard]] bool keeps_turns_apart() const { return GetParam().keeps == pace::of_turns; }

  /// Runs turns until `condition` holds: 4,000 of at most a millisecond, and then says false.
  template <typename Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    for (int i = 0; i < 4000; ++i) {
      if (condition()) return true;
      turn(io().now() + std::chrono::milliseconds(1));
    }
    return condition();
  }

  template <typename Op>
  void start(Op& op, int socket) {
    op.socket = socket;
    op.expecting = true;
    io().start(op);
  }

  /// make() and start() in one.
  template <typename Op>
  Op& started(int socket) {
    Op& op = make<Op>();
    start(op, socket);
    return op;
  }

  void send(sender& op, int socket, std::string_view text) {
    op.set(text);
    start(op, socket);
  }

  /// Ends an operation and waits for its last outcome, so that its socket may be closed.
  void finish(operation& op) {
    io().cancel(op);
    EXPECT_TRUE(run_until([&] { return !op.in_flight(); }));
  }

 private:
  void end_world() {
    for (receiver* r : receivers_) r->held.clear();  // leases end before their driver
    world_.reset();
    receivers_.clear();
    operations_.clear();
  }

  std::unique_ptr<world> world_;
  std::vector<receiver*> receivers_;
  std::vector<std::shared_ptr<void>> operations_;
};

/// `size` bytes of which no two neighbourhoods look alike.
[[nodiscard]] std::string pattern(std::size_t size);

}  // namespace shoal::io::conformance

#define SHOAL_CONFORMANCE(theme)                                                              \
  INSTANTIATE_TEST_SUITE_P(Drivers, theme,                                                    \
                           testing::ValuesIn(::shoal::io::conformance::drivers_under_test()), \
                           [](const auto& which) { return std::string(which.param.name); });  \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(theme)
