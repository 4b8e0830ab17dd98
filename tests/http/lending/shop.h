// Workers as cluster/node/worker_thread.h has them, without a cluster: threads with a driver, a
// loop and a server, whose connections the others may take. Tests are the watcher.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <semaphore>
#include <thread>
#include <utility>

#include "base/check.h"
#include "http/lending.h"
#include "http/server.h"
#include "http/table.h"
#include "io/loop.h"
#include "io/open.h"
#include "shoal/http/routes.h"
#include "support/event.h"

namespace shoal::http::test {

/// Holds whoever enters until it is released, once for each.
class trap final {
 public:
  void enter() {
    entered_.release();
    released_.acquire();
  }
  void await_entered() { entered_.acquire(); }
  void release() { released_.release(); }

 private:
  std::counting_semaphore<> entered_{0};
  std::counting_semaphore<> released_{0};
};

/// Something to do on a worker's thread.
class errand final : public io::message {
 public:
  explicit errand(std::function<void()> what) : what_(std::move(what)) {}
  void deliver() noexcept override {
    what_();
    delete this;
  }

 private:
  std::function<void()> what_;
};

class shop final : private io::turn_observer, private carrier {
 public:
  /// `capacity`: connections that can be on offer.
  shop(io::driver_kind kind, const route_table& table, const server_options& options,
       unsigned capacity = 256)
      : lending_(capacity), thread_([this, kind, &table, options] { run(kind, table, options); }) {
    ready_.acquire();
  }
  ~shop() {
    stuck.release();  // whom a test that failed has left there
    close();
  }
  shop(const shop&) = delete;
  shop& operator=(const shop&) = delete;

  // The test's.

  void post(std::function<void()> what) { loop_->post(*new errand(std::move(what))); }

  /// Does it in the worker's thread, between handlers, and returns what came of it.
  template <typename F>
  auto ask(F what) {
    auto task = std::make_shared<std::packaged_task<decltype(what())()>>(std::move(what));
    auto answer = task->get_future();
    post([task] { (*task)(); });
    return answer.get();
  }

  [[nodiscard]] server_counters counters() {
    return ask([this] { return server_->counters(); });
  }
  /// Returns when it lies idle with all that has been answered on offer.
  void rest() {
    for (int turn = 0; turn < 3; ++turn) ask([] { return 0; });
  }
  void take(int socket) {
    ask([this, socket] { return server_->take(socket), 0; });
  }
  /// Connections that came.
  std::uint64_t take_over_from(shop& other, bool all) {
    return ask([this, &other, all] {
      const auto before = server_->counters().adopted;
      server_->take_over(other.lending_, all);
      return server_->counters().adopted - before;
    });
  }
  /// From now on it learns which routes are slow.
  void watch_pace() {
    ask([this] { return server_->turn_was_long(), 0; });
  }
  /// `part` of its connections go to `to`, those that are idle.
  void give_away(double part, shop& to) {
    receiver_ = &to;
    server_->give_away(part, 1000);
  }
  /// Once, and the last that it is asked for.
  void drain() {
    if (!std::exchange(draining_, true)) post([this] { server_->drain(); });
  }
  /// Drains and ends, once.
  void close() {
    if (!thread_.joinable()) return;
    drain();
    may_end_.release();
    thread_.join();
  }
  [[nodiscard]] const server_counters& last_counters() const noexcept { return counted_; }

  [[nodiscard]] http::lending& lends() noexcept { return lending_; }
  [[nodiscard]] http::server& server() noexcept { return *server_; }  ///< on its thread

  trap stuck;                ///< GET /stuck
  shoal::test::event event;  ///< GET /wait; on its thread

 private:
  void run(io::driver_kind kind, const route_table& table, server_options options) {
    auto driver = io::open_driver(kind);
    SHOAL_CHECK(driver);
    driver_ = driver.value().get();
    io::loop loop(*driver_);
    worker self({.driver = driver_->name()});
    self.local<shop*>() = this;
    for (const auto& make : table.states) make(self);
    options.lends = &lending_;
    options.carries = this;
    http::server server(loop, table, self, options);
    server_ = &server;
    loop_ = &loop;
    loop.observe(this);
    ready_.release();
    while (!server.drained()) loop.run_turn();
    counted_ = server.counters();
    may_end_.acquire();  // who has posted the last message may still be about to wake the driver
  }

  void turn_began(monotonic_time now) noexcept override {
    lending_.turn_began(now, driver_->knows_all_received());
  }
  void turn_ended() noexcept override {
    lending_.turn_ended();
    server_->let_go_of_taken();
  }
  void carry(moved_connection&& moved) noexcept override {
    auto goods = std::make_shared<moved_connection>(std::move(moved));
    shop* const to = receiver_;
    to->post([to, goods] { to->server_->adopt(std::move(*goods)); });
  }

  http::lending lending_;
  io::driver* driver_ = nullptr;
  io::loop* loop_ = nullptr;
  http::server* server_ = nullptr;
  shop* receiver_ = nullptr;
  server_counters counted_;
  bool draining_ = false;  ///< the test's
  std::binary_semaphore ready_{0};
  std::binary_semaphore may_end_{0};
  std::thread thread_;
};

}  // namespace shoal::http::test
