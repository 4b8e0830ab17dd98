// What a worker pays for publishing its load: for a turn, for a second, and for a turn as a share
// of a request. The last is the worst case, one request in a turn: a client on the same thread
// asks, and only the server's turns are timed, with the kernel's part in them.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/descriptor.h"
#include "cluster/node/load_publisher.h"
#include "http/server.h"
#include "io/open.h"
#include "shm/load_segment.h"
#include "shoal/http/routes.h"

namespace {

using namespace shoal;

struct published {
  shm::load_segment segment = shm::load_segment::create(1, "bench", read_clock()).value();
  shm::tally_table tallies = shm::tally_table::create(1).value();
  cluster::load_publisher publisher{
      segment.slot(0), segment.ring(0), {}, {}, std::chrono::milliseconds(25), &tallies.of(0)};
};

/// A listener, and a client of it.
struct loopback {
  loopback() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    SHOAL_CHECK(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    SHOAL_CHECK(::listen(listener.get(), 8) == 0);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SHOAL_CHECK(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }
  descriptor listener;
  descriptor client;
};

struct served {
  explicit served(io::driver_kind kind) : driver(io::open_driver(kind).value()) {
    routes.get<"/plaintext">([] { return "Hello, World!"; });
    std::string problem;
    server = std::make_unique<http::server>(loop, *routes.freeze(problem), self);
    server->listen(net.listener.get());
    load.publisher.watch(server.get());
    loop.observe(&load.publisher);
  }

  /// One request and its answer; the time that the server's turns took.
  nanoseconds ask() {
    constexpr std::string_view request = "GET /plaintext HTTP/1.1\r\nHost: h\r\n\r\n";
    SHOAL_CHECK(::send(net.client.get(), request.data(), request.size(), 0) > 0);
    nanoseconds took{0};
    char answer[512];
    do {
      const auto began = read_clock();
      loop.run_turn(began);
      took += read_clock() - began;
    } while (::recv(net.client.get(), answer, sizeof answer, MSG_DONTWAIT) <= 0);
    return took;
  }

  loopback net;
  published load;
  std::unique_ptr<io::driver> driver;
  io::loop loop{*driver};
  worker self{worker_facts{}};
  http::routes routes;
  std::unique_ptr<http::server> server;
};

/// Without the clock at a turn's beginning, which is the driver's own.
void turn(benchmark::State& state) {
  published load;
  auto began = read_clock();
  for (auto _ : state) {
    load.publisher.turn_began(began += nanoseconds(1));
    load.publisher.turn_ended();
  }
}

/// What is added to the tally after a turn that has served one request.
void counted_turn(benchmark::State& state) {
  const auto tallies = shm::tally_table::create(1).value();
  cluster::tally_keeper keeper(&tallies.of(0), {});
  http::server_counters now;
  for (auto _ : state) {
    ++now.requests_total;
    ++now.answers[0];
    ++now.answered_at_once;
    keeper.turn_ended(now, std::chrono::microseconds(6));
  }
}

void second(benchmark::State& state) {
  published load;
  const cluster::thread_meter thread;
  for (auto _ : state) {
    benchmark::DoNotOptimize(thread.run_delay_ns());
    benchmark::DoNotOptimize(thread.resident_bytes());
    shm::append(load.segment.ring(0), {});
  }
}

double turn_ns() {
  published load;
  constexpr int turns = 200'000;
  const auto began = read_clock();
  for (int i = 0; i < turns; ++i) {
    load.publisher.turn_began(began);
    load.publisher.turn_ended();
  }
  return static_cast<double>((read_clock() - began).count()) / turns;
}

/// `share_percent`: publishing one turn, of the request that it served.
void share(benchmark::State& state, io::driver_kind kind) {
  served server(kind);
  for (int i = 0; i < 1000; ++i) server.ask();
  double took_ns = 0;
  for (auto _ : state) {
    const auto took = server.ask();
    state.SetIterationTime(static_cast<double>(took.count()) / 1e9);
    took_ns += static_cast<double>(took.count());
  }
  state.counters["share_percent"] =
      100 * turn_ns() / (took_ns / static_cast<double>(state.iterations()));
}

BENCHMARK(turn);
BENCHMARK(counted_turn);
BENCHMARK(second);
BENCHMARK_CAPTURE(share, epoll, io::driver_kind::epoll)->UseManualTime();

}  // namespace

int main(int count, char** arguments) {
  if (io::choose_driver(io::driver_kind::uring)) {
    benchmark::RegisterBenchmark("share/uring", share, io::driver_kind::uring)->UseManualTime();
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
