// What tests of the io_uring driver share: operations that remember their outcomes, connections of
// this thread, and a driver.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/random.h"
#include "io/uring/uring_driver.h"

namespace shoal::io::uring_test {

struct receiver final : receive_op {
  std::string text;
  std::vector<outcome> outcomes;
  std::vector<lease> held;
  bool hold = false;
  void received(outcome o, lease l) noexcept override {
    outcomes.push_back(o);
    text.append(reinterpret_cast<const char*>(l.bytes().data()), l.bytes().size());
    if (hold && !l.empty()) held.push_back(std::move(l));
  }
};

struct sender final : send_op {
  std::vector<outcome> outcomes;
  void sent(outcome o) noexcept override { outcomes.push_back(o); }
};

struct acceptor final : accept_op {
  std::vector<descriptor> sockets;
  std::vector<outcome> outcomes;
  void accepted(outcome o) noexcept override {
    outcomes.push_back(o);
    if (o.ok()) sockets.emplace_back(o.value);
  }
};

inline std::string pattern(std::size_t size, std::uint64_t seed) {
  random_source random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random.next());
  return text;
}

inline std::uint64_t test_seed() {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : draw_seed();
  std::printf("SHOAL_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// One connection of this thread: `near` is the driver's, `far` is read and written here.
struct pair {
  descriptor near, far;
  explicit pair(int send_buffer = 0) {
    int both[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both), 0);
    near.reset(both[0]);
    far.reset(both[1]);
    if (send_buffer > 0) {
      EXPECT_EQ(::setsockopt(both[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer), 0);
    }
  }
  void write(std::string_view text) const {
    EXPECT_EQ(::write(far.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string read(std::size_t most) const {
    std::string text(most, '\0');
    const ssize_t n = ::read(far.get(), text.data(), most);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    return text;
  }
  [[nodiscard]] bool at_end() const {
    char c;
    return ::read(far.get(), &c, 1) == 0;
  }
};

struct listener {
  descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_in name{};
  listener() {
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(::listen(socket.get(), 512), 0);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
  }
  [[nodiscard]] descriptor connect() const {
    descriptor s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(s.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    return s;
  }
};

inline int open_descriptors() {
  int count = 0;
  DIR* all = ::opendir("/proc/self/fd");
  while (::readdir(all) != nullptr) ++count;
  ::closedir(all);
  return count;
}

class uring_fixture : public testing::Test {
 protected:
  void SetUp() override { reopen({}); }

  void reopen(const driver_options& options) {
    io.reset();
    auto opened = open_uring_driver(options);
    if (!opened) GTEST_SKIP() << opened.error().message;
    io = std::move(opened).value();
  }
  void turn(monotonic_time until = {}) {
    io->wait(until);
    io->deliver();
  }
  template <typename Condition>
  [[nodiscard]] bool run_until(Condition holds) {
    for (int i = 0; i < 10000 && !holds(); ++i) turn(io->now() + std::chrono::milliseconds(1));
    return holds();
  }
  template <typename Op>
  void start(Op& op, const descriptor& socket) {
    op.socket = socket.get();
    io->start(op);
  }
  void start_send(sender& op, const descriptor& socket, std::string_view text) {
    op.bytes = std::as_bytes(std::span(text));
    start(op, socket);
  }
  [[nodiscard]] std::uint64_t calls() const { return io->counters().system_calls; }

  std::unique_ptr<driver> io;
};

}  // namespace shoal::io::uring_test
