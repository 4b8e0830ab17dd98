// Whole connections in thousands of worlds, and the same again.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/sim/world.h"

namespace shoal::io::sim {
namespace {

using std::chrono::milliseconds;

/// Sends back what it receives, then closes. A small model of every server: its connections end by
/// the peer's end, by errors, and by errors in sending while they receive.
class echo_server final : accept_op {
 public:
  echo_server(loop& l, int listener) : loop_(l), retry_(*this) {
    socket = listener;
    loop_.io().start(*this);
  }
  ~echo_server() { loop_.cancel(retry_); }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  class connection final : receive_op, send_op {
   public:
    connection(echo_server& server, int fd) : server_(server) {
      receive_op::socket = send_op::socket = fd;
      ++server_.connections_;
      io().start(static_cast<receive_op&>(*this));
    }
    ~connection() { --server_.connections_; }

   private:
    driver& io() { return server_.loop_.io(); }
    void received(outcome o, lease l) noexcept override {
      const auto heard = l.bytes();
      unsent_.append(reinterpret_cast<const char*>(heard.data()), heard.size());
      broken_ |= !o.ok();
      go_on();
    }
    void sent(outcome o) noexcept override {
      broken_ |= !o.ok();
      sending_.clear();
      go_on();
    }
    void go_on() {
      if (broken_ && receive_op::in_flight()) io().cancel(static_cast<receive_op&>(*this));
      if (broken_ && send_op::in_flight()) io().cancel(static_cast<send_op&>(*this));
      if (!broken_ && !send_op::in_flight() && !unsent_.empty()) {
        sending_.swap(unsent_);
        bytes = std::as_bytes(std::span(sending_));
        io().start(static_cast<send_op&>(*this));
      }
      if (receive_op::in_flight() || send_op::in_flight()) return;
      io().close(receive_op::socket);
      delete this;
    }

    echo_server& server_;
    std::string unsent_;
    std::string sending_;
    bool broken_ = false;
  };

  struct retry_timer final : timer {
    explicit retry_timer(echo_server& s) : server(s) {}
    void expired() noexcept override { server.loop_.io().start(static_cast<accept_op&>(server)); }
    echo_server& server;
  };

  void accepted(outcome o) noexcept override {
    if (o.ok()) new connection(*this, o.value);
    if (!o.more) loop_.start(retry_, loop_.now() + milliseconds{100});
  }

  loop& loop_;
  retry_timer retry_;
  int connections_ = 0;
};

struct run_result {
  std::uint64_t hash;
  bool idle;
  int resets;
  bool operator==(const run_result&) const = default;
};

/// Whole connections from a seed: peers come, send pieces at times of their own, and end.
run_result run_echo(std::uint64_t seed) {
  random_source random(seed);
  const faults f = draw_faults(random);
  driver_options options;
  options.receive_buffers = 1U << random.below(5);
  options.receive_buffer_bytes = 1U << random.below(13);
  world w(seed, f, options);
  loop l(w.io());
  const int listener = w.listen(1 + random.below(8));
  echo_server server(l, listener);

  const std::size_t peers = 1 + random.below(4);
  std::vector<peer*> all;
  std::vector<std::string> told(peers);
  for (std::size_t i = 0; i < peers; ++i) {
    peer& p = w.connect(listener);
    all.push_back(&p);
    const auto pieces = random.below(4);
    for (std::uint64_t n = 0; n <= pieces; ++n) {
      const std::string text(random.below(3000), static_cast<char>('a' + n));
      told[i] += text;
      w.after(milliseconds{10 * n}, [&p, text] { p.send(text); });
    }
    const bool resets = random.one_in(8);
    w.after(milliseconds{10 * pieces}, [&p, resets] { resets ? p.reset() : p.shutdown_send(); });
  }
  run_result result{0, w.run(l), 0};
  for (std::size_t i = 0; i < peers; ++i) {
    const peer& p = *all[i];
    result.resets += p.was_reset() ? 1 : 0;
    const std::size_t expected = p.was_reset() ? p.received().size() : told[i].size();
    EXPECT_EQ(p.received(), told[i].substr(0, expected)) << "seed " << seed;
    EXPECT_TRUE(p.ended()) << "seed " << seed;
  }
  EXPECT_EQ(server.connections(), 0) << "seed " << seed;
  EXPECT_EQ(w.open_sockets(), 1U) << "seed " << seed;
  result.hash = w.trace_hash();
  w.close_driver();
  return result;
}

TEST(sim_replay_test, AnEchoServerLosesAndReordersNothingInThousandsOfWorlds) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 0) : 1;
  const std::uint64_t count = given != nullptr ? 1 : 3000;
  int resets = 0;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
    const run_result result = run_echo(seed);
    EXPECT_TRUE(result.idle);
    resets += result.resets;
  }
  if (given == nullptr) {
    EXPECT_GT(resets, 500) << "or resets are not tried";
  }
}

TEST(sim_replay_test, TheSameSeedGivesTheSameRun) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) EXPECT_EQ(run_echo(seed), run_echo(seed));
}

TEST(sim_replay_test, AnotherSeedGivesAnotherRun) { EXPECT_NE(run_echo(1).hash, run_echo(2).hash); }

TEST(sim_replay_test, OneByteThatDiffersIsSeenInTheHash) {
  const auto hash = [](std::string_view text) {
    world w(1);
    w.connected().far.send(text);
    loop l(w.io());
    w.run(l);
    return w.trace_hash();
  };
  EXPECT_EQ(hash("same"), hash("same"));
  EXPECT_NE(hash("same"), hash("sane"));
}

}  // namespace
}  // namespace shoal::io::sim
