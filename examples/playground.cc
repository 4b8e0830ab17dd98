// The example everybody uses: one route for each thing that one wants to see or to measure.
//
//   build/release/examples/playground --help
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "shoal/shoal.h"

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint64_t pause_ms_max = 60'000;
constexpr std::uint64_t cost_us_max = 1'000'000;
constexpr milliseconds job_deadline{500};
constexpr std::uint64_t iterations_max = 10'000'000'000;

// What GET /work takes, for all workers of a process. Any of them writes it; it guards nothing.
std::atomic<std::uint64_t> cost_us{50};

// Steps of a xorshift generator: the result depends on every one of them.
std::uint64_t churn(std::uint64_t iterations) {
  std::uint64_t x = 88172645463325252U;
  for (std::uint64_t i = 0; i < iterations; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return x;
}

std::chrono::nanoseconds thread_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::uint64_t at_most(std::uint64_t value, std::uint64_t limit) {
  if (value > limit) {
    throw shoal::http_error(shoal::status::bad_request, "at most " + std::to_string(limit));
  }
  return value;
}

shoal::response whoami(shoal::context& c) {
  const auto& w = c.worker();
  return shoal::response::json(
      "{\"pid\":" + std::to_string(::getpid()) + ",\"node\":" + std::to_string(w.node()) +
      ",\"worker\":" + std::to_string(w.id()) + ",\"cpu\":" + std::to_string(::sched_getcpu()) +
      ",\"driver\":\"" + std::string(w.driver()) +
      "\",\"generation\":" + std::to_string(w.generation()) + "}\n");
}

shoal::task<shoal::response> echo(shoal::context& c) {
  auto in = c.body();
  auto body = co_await in.all();
  co_return shoal::response::bytes(std::move(body));
}

shoal::task<std::string> nap(std::uint64_t ms) {
  co_await shoal::sleep(milliseconds(at_most(ms, pause_ms_max)));
  co_return "slept " + std::to_string(ms) + " ms\n";
}

// What a handler should not do: nobody else on this worker is served meanwhile.
std::string block(std::uint64_t ms) {
  std::this_thread::sleep_for(milliseconds(at_most(ms, pause_ms_max)));
  return "blocked " + std::to_string(ms) + " ms\n";
}

std::string compute(std::uint64_t iterations) {
  return std::to_string(churn(at_most(iterations, iterations_max))) + "\n";
}

std::string set_cost(std::uint64_t us) {
  cost_us = at_most(us, cost_us_max);
  return "GET /work takes " + std::to_string(us) + " us\n";
}

// A route whose cost changes while it runs. It says where it ran.
std::string work() {
  const std::uint64_t us = cost_us;
  for (const auto end = thread_time() + microseconds(us); thread_time() < end;) {
  }
  std::array<char, 16> thread{};
  ::pthread_getname_np(::pthread_self(), thread.data(), thread.size());
  return std::to_string(us) + " us on " + thread.data() + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  shoal::app app;
  app.get<"/plaintext">([] { return "Hello, World!"; });
  app.get<"/json">([] { return shoal::response::json(shoal::object("message", "Hello, World!")); });
  app.get<"/users/{id}">([](std::uint64_t id) { return "user " + std::to_string(id) + "\n"; });
  app.post<"/echo">(echo);
  app.get<"/sleep/{ms}">(nap);
  app.get<"/block/{ms}">(block);
  app.get<"/cpu/{iterations}">(compute);
  app.get<"/job/{iterations}">(compute, {.where = shoal::run::offload, .deadline = job_deadline});
  app.post<"/cost/{us}">(set_cost);
  app.get<"/work">(work);
  app.get<"/whoami">(whoami);
  shoal::metrics(app);
  return app.run(argc, argv);
}
