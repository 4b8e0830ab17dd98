#include "shoal/io/tcp.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "coroutines.h"
#include "io/sim/world.h"
#include "io/socket_address.h"
#include "io/tcp_link.h"
#include "shoal/io/sleep.h"
#include "support/allocations.h"
#include "support/sanitizers.h"

namespace shoal::tcp {
namespace {

using namespace std::chrono_literals;
using io::coroutines;
using io::sim::faults;
using io::sim::peer;
using io::sim::world;

address of(const sockaddr_storage& bytes) {
  return address(io::socket_address{bytes, sizeof(sockaddr_in)});
}

/// A world, a loop, and a host of the other side that the program connects to.
struct scene {
  explicit scene(std::uint64_t seed = 1, const faults& f = {}, const io::driver_options& o = {})
      : w(seed, f, o), l(w.io()), all(l), host(of(w.address_of(w.serve([this](peer& p) {
          far = &p;
          if (visited) visited(p);
        })))) {}

  void run() { EXPECT_TRUE(w.run(l)); }
  /// Lets virtual time pass.
  void pass(nanoseconds time) {
    const auto until = l.now() + time;
    while (l.now() < until) l.run_turn(until);
  }

  world w;
  io::loop l;
  coroutines all;
  peer* far = nullptr;
  std::function<void(peer&)> visited;
  address host;
};

/// All that comes until the end.
task<std::string> read_all(stream& from) {
  std::string all;
  for (;;) {
    const auto piece = co_await from.read();
    if (piece.empty()) co_return all;
    all += piece;
  }
}

/// The errno that `work` fails with, or 0.
task<int> error_of(task<> work) {
  try {
    co_await std::move(work);
  } catch (const network_error& failed) {
    co_return failed.code();
  }
  co_return 0;
}

TEST(tcp_test, BytesGoOutAndComeBackUntilTheEnd) {
  scene s;
  s.visited = [](peer& p) {
    p.on_received = [](peer& q) {
      if (q.received() != "question") return;
      q.send("answer");
      q.close();
    };
  };
  std::string heard;
  bool empty_again = false;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    co_await out.write("question");
    heard = co_await read_all(out);
    const auto again = co_await out.read();
    empty_again = again.empty();
  });
  s.run();
  EXPECT_EQ(heard, "answer");
  EXPECT_TRUE(empty_again) << "the end is the end, however often one asks";
  EXPECT_EQ(s.all.running(), 0U);
  EXPECT_EQ(s.w.open_sockets(), 1U) << "the host's own";
  EXPECT_TRUE(s.far->ended());
}

TEST(tcp_test, WhatIsRefusedSaysWhereAndWhy) {
  scene s;
  std::string text;
  int code = 0;
  s.all.start([&]() -> task<> {
    try {
      stream out = co_await connect(of(s.w.refusing_address()));
    } catch (const network_error& failed) {
      text = failed.what();
      code = failed.code();
    }
  });
  s.run();
  EXPECT_EQ(code, ECONNREFUSED);
  EXPECT_EQ(text, "cannot connect to 10.255.255.254:0: Connection refused");
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(tcp_test, ConnectingEndsAtItsLimit) {
  scene s;
  int code = 0;
  const auto began = s.l.now();
  std::optional<nanoseconds> took;
  s.all.start([&]() -> task<> {
    try {
      stream out = co_await connect(of(s.w.silent_address()), 250ms);
    } catch (const network_error& failed) {
      code = failed.code();
      took = s.l.now() - began;
    }
  });
  s.run();
  EXPECT_EQ(code, ETIMEDOUT);
  ASSERT_TRUE(took);
  EXPECT_GE(*took, 250ms);
  EXPECT_LE(*took, 252ms);
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(tcp_test, NoDescriptorIsAnErrorOfConnect) {
  scene s;
  s.w.limit_sockets(1);
  int code = 0;
  s.all.start([&]() -> task<> {
    try {
      stream out = co_await connect(s.host);
    } catch (const network_error& failed) {
      code = failed.code();
    }
  });
  s.run();
  EXPECT_EQ(code, EMFILE);
}

TEST(tcp_test, AReadThatTakesTooLongCanBeRepeated) {
  scene s;
  s.visited = [&](peer& p) { s.w.after(1s, [&p] { p.send("late"); }); };
  int code = 0;
  std::string heard;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    code = co_await error_of([](stream& from) -> task<> {
      const auto piece = co_await from.read(100ms);
      EXPECT_TRUE(false) << piece;
    }(out));
    heard = co_await out.read();
  });
  s.run();
  EXPECT_EQ(code, ETIMEDOUT);
  EXPECT_EQ(heard, "late");
}

TEST(tcp_test, BytesBeforeAResetComeFirst) {
  scene s;
  std::string heard;
  int code = 0;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    co_await sleep(10ms);  // all has happened by then
    heard = co_await out.read();
    try {
      const auto more = co_await out.read();
      EXPECT_TRUE(false) << more;
    } catch (const network_error& failed) {
      code = failed.code();
    }
  });
  s.run();
  s.far->send("last words");
  s.w.after(1ms, [&] { s.far->reset(); });
  s.run();
  EXPECT_EQ(heard, "last words");
  EXPECT_EQ(code, ECONNRESET);
}

TEST(tcp_test, AWriteIsCompleteWhenTheKernelHasAll) {
  faults narrow;
  narrow.window = 1000;
  scene s(1, narrow);
  const std::string text(300'000, 'w');
  bool complete = false;
  s.visited = [](peer& p) { p.pause_reading(); };
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    co_await out.write(text);
    complete = true;
    co_await sleep(1h);
  });
  s.pass(1s);
  std::size_t taken = 0;
  while (taken + narrow.window < text.size()) {
    ASSERT_FALSE(complete) << taken;
    taken += s.far->take().size();
    s.pass(1ms);
  }
  EXPECT_TRUE(complete);
  EXPECT_EQ(taken + s.far->take().size(), text.size());
}

TEST(tcp_test, AWriteThatTakesTooLongBreaksTheStream) {
  scene s;
  s.visited = [](peer& p) { p.pause_reading(); };
  int first = 0;
  int second = 0;
  s.all.start([&]() -> task<> {
    const std::string text(300'000, 'w');
    const auto write = [](stream& to, const std::string& what) -> task<> {
      co_await to.write(what, 100ms);
    };
    stream out = co_await connect(s.host);
    first = co_await error_of(write(out, text));
    second = co_await error_of(write(out, text));
  });
  s.run();
  EXPECT_EQ(first, ETIMEDOUT);
  EXPECT_EQ(second, ETIMEDOUT);
  EXPECT_TRUE(s.far->was_reset() || s.far->take().size() < 300'000);
}

TEST(tcp_test, AfterShutdownReadingGoesOnAndWritingDoesNot) {
  scene s;
  s.visited = [](peer& p) {
    p.on_ended = [](peer& q) {
      q.send("bye");
      q.close();
    };
  };
  std::string heard;
  int code = 0;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    co_await out.write("all");
    out.shutdown_send();
    code = co_await error_of([](stream& to) -> task<> { co_await to.write("more"); }(out));
    heard = co_await read_all(out);
  });
  s.run();
  EXPECT_EQ(s.far->received(), "all");
  EXPECT_EQ(code, EPIPE);
  EXPECT_EQ(heard, "bye");
}

TEST(tcp_test, APeerIsHeldBackWhileNobodyReads) {
  faults narrow;
  narrow.window = 4096;
  scene s(1, narrow);
  std::string heard;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    heard = co_await out.read();
    co_await sleep(1s);
    for (;;) {
      const auto piece = co_await out.read();
      if (piece.empty()) break;
      heard += piece;
    }
  });
  s.pass(1ms);
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    sent += s.far->try_send(std::string(1000, 'x'));
    s.pass(1ms);
  }
  EXPECT_LE(sent, io::tcp_link::read_ahead_bytes + 2 * narrow.window);
  EXPECT_GE(sent, io::tcp_link::read_ahead_bytes);
  s.pass(1s);
  for (int i = 0; i < 100; ++i) {
    sent += s.far->try_send(std::string(1000, 'y'));
    s.pass(1ms);
  }
  EXPECT_GE(sent, 100'000U) << "whoever reads again lets it go on";
  s.far->close();
  s.run();
  EXPECT_EQ(heard.size(), sent);
}

TEST(tcp_test, ReadingAndWritingGoOnAtTheSameTime) {
  faults narrow;
  narrow.window = 777;
  scene s(1, narrow);
  s.visited = [](peer& p) { p.on_received = [](peer& q) { q.send(q.take()); }; };
  const std::string text(100'000, 'e');
  std::string heard;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    scope writers;
    writers.start([](stream& to, const std::string& what) -> task<> {
      co_await to.write(what);
      to.shutdown_send();
    }(out, text));
    heard = co_await read_all(out);
    co_await writers.join();
  });
  s.pass(1s);
  s.far->close();
  s.run();
  EXPECT_EQ(heard, text);
}

task<> echo(stream from) {
  for (;;) {
    const auto piece = co_await from.read();
    if (piece.empty()) co_return;
    co_await from.write(piece);
  }
}

task<> serve(listener& from, scope& visitors, int count) {
  while (count-- > 0) visitors.start(echo(co_await from.accept()));
}

/// Those who wait with a limit are told at that; no socket stays behind.
TEST(tcp_test, AStreamMayBeClosedWhileOthersWaitForIt) {
  scene s;
  s.visited = [](peer& p) { p.pause_reading(); };
  int read_error = 0;
  int write_error = 0;
  s.all.start([&]() -> task<> {
    stream out = co_await connect(s.host);
    const std::string much(1'000'000, 'x');
    const auto reads = [&]() -> task<> { (void)co_await out.read(1s); };
    const auto writes = [&]() -> task<> { co_await out.write(much, 2s); };
    scope others;
    others.start([](task<> work, int& error) -> task<> {
      error = co_await error_of(std::move(work));
    }(reads(), read_error));
    others.start([](task<> work, int& error) -> task<> {
      error = co_await error_of(std::move(work));
    }(writes(), write_error));
    co_await sleep(100ms);
    out.close();
    co_await others.join();
  });
  s.run();
  EXPECT_EQ(s.all.running(), 0U);
  EXPECT_EQ(read_error, ECANCELED);
  EXPECT_EQ(write_error, ECANCELED);
  EXPECT_EQ(s.w.open_sockets(), 1U) << "the host's own";
}

TEST(tcp_test, AListenerServesManyAtOnce) {
  scene s;
  int answered = 0;
  s.all.start([&]() -> task<> {
    listener door(address("127.0.0.1:0"));
    scope visitors;
    scope callers;
    for (int i = 0; i < 50; ++i) {
      callers.start([](address to, int number, int& good) -> task<> {
        const auto text = std::to_string(number);
        stream out = co_await connect(to);
        co_await out.write(text);
        out.shutdown_send();
        const auto heard = co_await read_all(out);
        good += heard == text ? 1 : 0;
      }(door.where(), i, answered));
    }
    co_await serve(door, visitors, 50);
    co_await callers.join();
    co_await visitors.join();
  });
  s.run();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(tcp_test, ConnectionsThatNobodyAcceptsAreClosedWithTheListener) {
  scene s;
  std::vector<int> codes;
  s.all.start([&]() -> task<> {
    listener door(address("127.0.0.1:0"));
    std::vector<stream> callers;
    for (int i = 0; i < 40; ++i) callers.push_back(co_await connect(door.where()));
    {
      stream first = co_await door.accept();
      co_await sleep(1ms);
    }
    door.close();
    for (auto& caller : callers) {
      codes.push_back(co_await error_of([](stream& from) -> task<> {
        const auto piece = co_await from.read();
        EXPECT_TRUE(piece.empty());
      }(caller)));
    }
  });
  s.run();
  EXPECT_EQ(codes.size(), 40U);
  EXPECT_EQ(s.all.running(), 0U);
  EXPECT_EQ(s.w.open_sockets(), 1U);
}

TEST(tcp_test, AcceptTellsThatNoDescriptorIsLeft) {
  scene s;
  int code = 0;
  s.all.start([&]() -> task<> {
    listener door(address("127.0.0.1:0"));
    stream caller = co_await connect(door.where());
    s.w.limit_sockets(s.w.open_sockets());
    code = co_await error_of(
        [](listener& from) -> task<> { stream never = co_await from.accept(); }(door));
    s.w.limit_sockets(100);
    stream accepted = co_await door.accept();
    EXPECT_TRUE(accepted);
  });
  s.run();
  EXPECT_EQ(code, EMFILE);
  EXPECT_EQ(s.all.running(), 0U);
}

/// Everything at once, for tests that end it anywhere.
task<> busy(scene& s) {
  listener door(address("127.0.0.1:0"));
  scope parts;
  parts.start([](listener& from) -> task<> {
    scope visitors;
    co_await serve(from, visitors, 3);
    co_await visitors.join();
  }(door));
  for (int i = 0; i < 2; ++i) {
    parts.start([](address to) -> task<> {
      const std::string text(20'000, 't');
      stream out = co_await connect(to);
      scope writers;
      writers.start([](stream& through, const std::string& what) -> task<> {
        co_await through.write(what);
        through.shutdown_send();
      }(out, text));
      const auto heard = co_await read_all(out);
      EXPECT_EQ(heard, text);
      co_await writers.join();
    }(door.where()));
  }
  parts.start([](scene& in) -> task<> {
    stream quiet = co_await connect(in.host);
    const auto piece = co_await quiet.read(1s);
    EXPECT_TRUE(piece.empty()) << "this peer says nothing";
  }(s));
  co_await parts.join();
}

faults drawn(std::uint64_t seed) {
  random_source random(seed);
  faults f = io::sim::draw_faults(random);
  f.emfile = 0;
  return f;
}

task<> busy_with_errors(scene& s) {
  try {
    co_await busy(s);
  } catch (const network_error&) {  // NOLINT: resets are part of the world
  }
}

TEST(tcp_test, FramesMayBeDestroyedAtEachTurn) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 0) : 1;
  const std::uint64_t seeds = given != nullptr ? 1 : running_with_sanitizers ? 20 : 100;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
    bool ran_out = false;
    for (int turns = 0; turns < 60 && !ran_out; ++turns) {
      scene s(seed, drawn(seed));
      s.all.start([&] { return busy_with_errors(s); });
      for (int i = 0; i < turns; ++i) s.l.run_turn(s.l.now() + 1s);
      ran_out = s.all.running() == 0;
      s.all.destroy();
      s.run();
      EXPECT_EQ(s.w.open_sockets(), 1U) << "after " << turns << " turns";
    }
    if (HasFailure()) return;
  }
}

TEST(tcp_test, ALoopMayEndBeforeItsStreams) {
  for (int turns = 0; turns < 40; ++turns) {
    scope all;
    world w(1);
    const auto host = of(w.address_of(w.serve([](peer&) {})));
    {
      io::loop l(w.io());
      struct starter final : io::runnable {
        void run() noexcept override {
          all->start([](address to) -> task<> {
            const std::string text(200'000, 't');
            listener door(address("127.0.0.1:0"));
            stream one = co_await connect(door.where());
            stream two = co_await connect(to);
            stream three = co_await door.accept();
            scope writers;
            writers.start([](stream& out, const std::string& what) -> task<> {
              co_await out.write(what);
            }(one, text));
            (void)co_await two.read();
          }(host));
        }
        scope* all = nullptr;
        address host;
      } first;
      first.all = &all;
      first.host = host;
      l.defer(first);
      for (int i = 0; i <= turns; ++i) l.run_turn(l.now() + 1ms);
    }
    w.close_driver();
  }
}

TEST(tcp_test, AStreamThatStandsReadsAndWritesWithoutAllocating) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "allocations are not counted here";
  scene s;
  s.visited = [](peer& p) {
    p.on_received = [](peer& q) {
      test::exempt_allocations(true);
      q.send(q.take());
      test::exempt_allocations(false);
    };
  };
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  s.all.start([&]() -> task<> {
    const std::string text(3000, 'a');
    stream out = co_await connect(s.host);
    for (int i = 0; i < 110; ++i) {
      if (i == 10) before = test::allocations();
      co_await out.write(text);
      for (std::size_t heard = 0; heard < text.size();) {
        const auto piece = co_await out.read(1s);
        heard += piece.size();
      }
    }
    after = test::allocations();
  });
  s.run();
  EXPECT_GT(before, 0U);
  EXPECT_EQ(after - before, 0U);
}

}  // namespace
}  // namespace shoal::tcp
