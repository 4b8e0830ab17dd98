#include "bench/serve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/descriptor_limit.h"
#include "base/json_writer.h"
#include "bench/asio_driver.h"
#include "bench/spin.h"
#include "http/server.h"
#include "io/loop.h"
#include "io/open.h"
#include "shoal/http/error.h"
#include "shoal/http/response.h"
#include "shoal/http/routes.h"
#include "topology/pin.h"

namespace shoal::bench {
namespace {

constexpr std::uint64_t most_body_bytes = 1 << 20;
constexpr std::uint64_t most_work_us = 1'000'000;
constexpr int backlog = 4096;

std::uint64_t process_cpu_ns() noexcept {
  timespec ran{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ran);
  return static_cast<std::uint64_t>(ran.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(ran.tv_nsec);
}

/// Adds a share of the CPU time that the thread has used, in the kernel too. Every so many turns,
/// since looking costs a system call.
class ballast final : public io::turn_observer {
 public:
  explicit ballast(unsigned percent) noexcept : percent_(percent) {}

  void turn_began(monotonic_time) noexcept override {}
  void turn_ended() noexcept override {
    if (++turns_ % turns_between != 0) return;
    const auto until = thread_cpu_time() + (thread_cpu_time() - seen_) * percent_ / 100;
    while (thread_cpu_time() < until) {
    }
    seen_ = thread_cpu_time();
  }

 private:
  static constexpr unsigned turns_between = 64;

  const unsigned percent_;
  unsigned turns_ = 0;
  nanoseconds seen_ = thread_cpu_time();
};

/// How many outcomes turns have.
class batch_book final : public io::turn_observer {
 public:
  explicit batch_book(const io::driver_counters& counted) noexcept : counted_(counted) {}

  void turn_began(monotonic_time) noexcept override {}
  void turn_ended() noexcept override {
    const auto outcomes = std::exchange(seen_, counted_.completions);
    const auto width = static_cast<std::size_t>(std::bit_width(seen_ - outcomes));
    ++turns_[std::min(width, turns_.size() - 1)];
  }

  [[nodiscard]] const std::array<std::uint64_t, 12>& turns() const noexcept { return turns_; }

 private:
  const io::driver_counters& counted_;
  std::uint64_t seen_ = 0;
  std::array<std::uint64_t, 12> turns_{};
};

std::uint64_t kernel_ns() noexcept {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<std::uint64_t>(used.ru_stime.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(used.ru_stime.tv_usec) * 1000U;
}

std::uint64_t at_most(std::uint64_t value, std::uint64_t limit) {
  if (value > limit) throw http_error(status::bad_request, "at most " + std::to_string(limit));
  return value;
}

class measured_server final {
 public:
  measured_server(std::unique_ptr<io::driver> driver, const serve_options& asked, double steps)
      : driver_(std::move(driver)),
        loop_(*driver_),
        self_({.cpu = asked.cpu, .driver = driver_->name()}),
        steps_(steps),
        filler_(most_body_bytes, 'x') {
    if (asked.slower_percent > 0) {
      loop_.observe(&ballast_.emplace(asked.slower_percent));
    } else if (asked.batches) {
      loop_.observe(&batches_.emplace(driver_->counters()));
    }
  }

  [[nodiscard]] result<void> listen(std::uint16_t port);
  [[noreturn]] void run() noexcept {
    while (true) loop_.run_turn();
  }

 private:
  void add_routes();
  [[nodiscard]] std::string counters() const;

  std::unique_ptr<io::driver> driver_;
  io::loop loop_;
  worker self_;
  const double steps_;
  const std::string filler_;
  std::optional<ballast> ballast_;
  std::optional<batch_book> batches_;
  http::routes routes_;
  std::optional<http::server> server_;
};

/// All on the loop, whatever it takes: where handlers run is not what is compared.
void measured_server::add_routes() {
  constexpr route_options here{run::inlined};
  routes_.get<"/plaintext">([] { return "Hello, World!"; }, here);
  routes_.get<"/bytes/{count}">(
      [this](std::uint64_t count) {
        const auto bytes = at_most(count, most_body_bytes);
        return response::borrowed_text(std::string_view(filler_).substr(0, bytes));
      },
      here);
  routes_.get<"/spin/{us}">(
      [this](std::uint64_t us) {
        volatile std::uint64_t used = spin(
            static_cast<std::uint64_t>(steps_ * static_cast<double>(at_most(us, most_work_us))));
        static_cast<void>(used);
        return "Hello, World!";
      },
      here);
  routes_.get<"/counters">([this] { return response::json(counters()); }, here);
}

std::string measured_server::counters() const {
  const auto& done = driver_->counters();
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("now_ns", to_ns(read_clock()));
  json.member("cpu_ns", process_cpu_ns());
  json.member("kernel_ns", kernel_ns());
  json.member("requests", server_->counters().requests_total + 1);
  if (driver_->name() == "asio") {
    json.member("system_calls", nullptr);
  } else {
    json.member("system_calls", done.system_calls);
  }
  json.member("turns", done.waits);
  json.member("completions", done.completions);
  json.key("batches");
  json.begin_array();
  if (batches_) {
    for (const auto turns : batches_->turns()) json.value(turns);
  }
  json.end_array();
  json.end_object();
  return text;
}

result<void> measured_server::listen(std::uint16_t port) {
  add_routes();
  std::string problem;
  const auto* const table = routes_.freeze(problem);
  if (table == nullptr) return error{0, problem};
  http::server_options options;
  options.max_connections = 100'000;
  server_.emplace(loop_, *table, self_, options);
  io::socket_address where;
  auto& name = reinterpret_cast<sockaddr_in&>(where.bytes);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(port);
  where.size = sizeof name;
  const int listener = driver_->listen(where, backlog);
  if (listener < 0) {
    return system_error(-listener, "cannot listen on 127.0.0.1:" + std::to_string(port));
  }
  server_->listen(listener);
  std::printf("{\"port\":%u,\"pid\":%d,\"driver\":\"%s\"}\n", ntohs(name.sin_port), ::getpid(),
              std::string(driver_->name()).c_str());
  if (std::fflush(stdout) != 0) return system_error(errno, "cannot say the port on stdout");
  return {};
}

result<std::unique_ptr<io::driver>> open_driver(const serve_options& asked) {
  if (asked.driver == "asio") return open_asio_driver();
  io::driver_kind kind = io::driver_kind::automatic;
  if (!io::parse_driver_kind(asked.driver, kind) || kind == io::driver_kind::automatic) {
    return error{0,
                 "no driver is called \"" + asked.driver + "\"; there are uring, epoll and asio"};
  }
  io::driver_options options;
  for (const auto& [name, feature] : io::uring_feature_names) {
    const bool left_out =
        std::find(asked.without.begin(), asked.without.end(), name) != asked.without.end();
    options.uring.*feature = !left_out;
  }
  return io::open_driver(kind, options);
}

}  // namespace

result<void> serve(const serve_options& asked) {
  raise_descriptor_limit();
  if (asked.cpu >= 0) {
    const auto pinned = topology::pin_this_thread(static_cast<unsigned>(asked.cpu));
    if (!pinned) return pinned.error();
  }
  const double steps =
      asked.steps_in_a_microsecond > 0 ? asked.steps_in_a_microsecond : steps_in_a_microsecond();
  auto driver = open_driver(asked);
  if (!driver) return driver.error();
  measured_server server(std::move(driver).value(), asked, steps);
  if (const auto listens = server.listen(asked.port); !listens) return listens.error();
  server.run();
}

}  // namespace shoal::bench
