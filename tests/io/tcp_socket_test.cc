// Streams on sockets, on both of the kernel's drivers. What they promise is in tcp_test.cc; here it
// is shown that kernels keep it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "coroutines.h"
#include "io/open.h"
#include "shoal/io/sleep.h"
#include "shoal/io/tcp.h"

namespace shoal::tcp {
namespace {

using namespace std::chrono_literals;

class tcp_socket_test : public testing::TestWithParam<io::driver_kind> {
 protected:
  void SetUp() override {
    auto opened = io::open_driver(GetParam());
    if (!opened) GTEST_SKIP() << opened.error().message;
    driver_ = std::move(opened).value();
    loop_.emplace(*driver_);
    all_.emplace(*loop_);
  }

  void run(std::function<task<>()> make) {
    all_->start(std::move(make));
    const auto limit = loop_->now() + 20s;
    while (all_->running() > 0 && loop_->now() < limit) loop_->run_turn(limit);
    EXPECT_EQ(all_->running(), 0U);
  }

  std::unique_ptr<io::driver> driver_;
  std::optional<io::loop> loop_;
  std::optional<io::coroutines> all_;
};

task<> echo_once(listener& door) {
  stream in = co_await door.accept();
  for (;;) {
    const auto piece = co_await in.read(10s);
    if (piece.empty()) co_return;
    co_await in.write(piece, 10s);
  }
}

/// Sends `text` there and back.
task<std::string> there_and_back(address where, std::string text) {
  listener door(where);
  scope others;
  others.start(echo_once(door));
  stream out = co_await connect(door.where());
  others.start([](stream& to, const std::string& what) -> task<> {
    co_await to.write(what, 10s);
    to.shutdown_send();
  }(out, text));
  std::string heard;
  for (;;) {
    const auto piece = co_await out.read(10s);
    if (piece.empty()) break;
    heard += piece;
  }
  co_await others.join();
  co_return heard;
}

TEST_P(tcp_socket_test, MegabytesGoThereAndBack) {
  std::string text;
  for (int i = 0; text.size() < 4'000'000; ++i) text += std::to_string(i) + ' ';
  std::string heard;
  run([&]() -> task<> { heard = co_await there_and_back(address("127.0.0.1:0"), text); });
  EXPECT_TRUE(heard == text);
}

TEST_P(tcp_socket_test, UnixSocketsAreAddressesToo) {
  const std::string path = "/tmp/shoal-tcp-test-" + std::to_string(::getpid()) + ".sock";
  std::string heard;
  run([&]() -> task<> { heard = co_await there_and_back(address("unix:" + path), "local"); });
  ::unlink(path.c_str());
  EXPECT_EQ(heard, "local");
}

TEST_P(tcp_socket_test, WhereNobodyListensIsRefused) {
  int code = 0;
  run([&]() -> task<> {
    address gone;
    {
      listener door(address("127.0.0.1:0"));
      gone = door.where();
    }
    co_await sleep(1ms);  // the socket is closed in a turn
    try {
      stream out = co_await connect(gone);
    } catch (const network_error& failed) {
      code = failed.code();
    }
  });
  EXPECT_EQ(code, ECONNREFUSED);
}

TEST_P(tcp_socket_test, AnAddressInUseIsAnError) {
  int code = 0;
  run([&]() -> task<> {
    listener door(address("127.0.0.1:0"));
    try {
      listener second(door.where());
    } catch (const network_error& failed) {
      code = failed.code();
    }
    co_return;
  });
  EXPECT_EQ(code, EADDRINUSE);
}

TEST_P(tcp_socket_test, AFrameThatWaitsMayBeDestroyed) {
  for (int turns = 0; turns < 12; ++turns) {
    all_->start([]() -> task<> {
      const std::string text(8'000'000, 't');
      listener door(address("127.0.0.1:0"));
      stream out = co_await connect(door.where());
      stream in = co_await door.accept();
      scope writers;
      writers.start([](stream& to, const std::string& what) -> task<> { co_await to.write(what); }(
                                                                out, text));
      (void)co_await in.read();
      (void)co_await out.read();
    });
    for (int i = 0; i < turns; ++i) loop_->run_turn(loop_->now() + 1ms);
    all_->destroy();
    for (int i = 0; i < 5; ++i) loop_->run_turn(loop_->now() + 1ms);
  }
}

INSTANTIATE_TEST_SUITE_P(Drivers, tcp_socket_test,
                         testing::Values(io::driver_kind::uring, io::driver_kind::epoll),
                         [](const auto& which) {
                           return which.param == io::driver_kind::uring ? "uring" : "epoll";
                         });

}  // namespace
}  // namespace shoal::tcp
