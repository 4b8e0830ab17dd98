#include "bench/serve.h"

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
#include "bench/asio_driver.h"
#include "bench/counters.h"
#include "bench/measured_routes.h"
#include "bench/program_output.h"
#include "bench/spin.h"
#include "cluster/listen/address.h"
#include "http/server.h"
#include "io/loop.h"
#include "io/open.h"
#include "shoal/http/response.h"
#include "shoal/http/routes.h"
#include "topology/pin.h"

namespace shoal::bench {
namespace {

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

class measured_server final {
 public:
  measured_server(std::unique_ptr<io::driver> driver, const serve_options& asked, double steps)
      : driver_(std::move(driver)),
        loop_(*driver_),
        self_({.cpu = asked.cpus.empty() ? -1 : static_cast<int>(asked.cpus.front()),
               .driver = driver_->name()}),
        answers_(steps) {
    if (asked.slower_percent > 0) {
      loop_.observe(&ballast_.emplace(asked.slower_percent));
    } else if (asked.batches) {
      loop_.observe(&batches_.emplace(driver_->counters()));
    }
  }

  [[nodiscard]] result<void> listen(const std::string& address, std::uint16_t port);
  [[noreturn]] void run() noexcept {
    while (true) loop_.run_turn();
  }

 private:
  [[nodiscard]] server_counters counters() const;

  std::unique_ptr<io::driver> driver_;
  io::loop loop_;
  worker self_;
  const measured_routes answers_;
  std::optional<ballast> ballast_;
  std::optional<batch_book> batches_;
  http::routes routes_;
  std::optional<http::server> server_;
};

server_counters measured_server::counters() const {
  const auto& done = driver_->counters();
  server_counters now{.now_ns = to_ns(read_clock()),
                      .cpu_ns = process_cpu_ns(),
                      .kernel_ns = kernel_ns(),
                      .requests = server_->counters().requests_total + 1,
                      .turns = done.waits,
                      .completions = done.completions};
  if (driver_->name() != "asio") now.system_calls = done.system_calls;
  if (batches_) now.batches.assign(batches_->turns().begin(), batches_->turns().end());
  return now;
}

result<void> measured_server::listen(const std::string& address, std::uint16_t port) {
  const auto wanted = cluster::parse_address(address + ":" + std::to_string(port));
  if (!wanted) return wanted.error();
  answers_.add_to(routes_);
  routes_.get<"/counters">([this] { return response::json(to_json(counters())); },
                           route_options{run::inlined});
  std::string problem;
  const auto* const table = routes_.freeze(problem);
  if (table == nullptr) return error{0, problem};
  http::server_options options;
  options.max_connections = 100'000;
  server_.emplace(loop_, *table, self_, options);
  io::socket_address where{wanted.value().storage, wanted.value().size};
  const int listener = driver_->listen(where, backlog);
  if (listener < 0) return system_error(-listener, "cannot listen on " + show(wanted.value()));
  const cluster::address bound{where.bytes, where.size};
  server_->listen(listener);
  std::printf("{\"port\":%u,\"pid\":%d,\"driver\":\"%s\"}\n", bound.port(), ::getpid(),
              std::string(driver_->name()).c_str());
  if (std::fflush(stdout) != 0) return system_error(errno, "cannot say the port on stdout");
  return {};
}

result<std::unique_ptr<io::driver>> open_driver(const serve_options& asked) {
  if (asked.driver == "asio") return open_asio_driver();
  const std::string wanted = asked.driver.empty() ? "uring" : asked.driver;
  io::driver_kind kind = io::driver_kind::automatic;
  if (!io::parse_driver_kind(wanted, kind) || kind == io::driver_kind::automatic) {
    return error{0, "no driver is called \"" + wanted + "\"; there are uring, epoll and asio"};
  }
  const auto names = [](const std::vector<std::string>& all, std::string_view name) {
    return std::find(all.begin(), all.end(), name) != all.end();
  };
  io::driver_options options;
  for (const auto& [name, feature] : io::uring_feature_names) {
    options.uring.*feature = !names(asked.without, name);
  }
  for (const auto& [name, feature] : io::uring_extra_names) {
    options.uring.*feature = names(asked.with, name);
  }
  return io::open_driver(kind, options);
}

}  // namespace

result<void> serve(const serve_options& asked) {
  raise_descriptor_limit();
  if (!asked.cpus.empty()) {
    const auto pinned = topology::pin_this_thread(asked.cpus.front());
    if (!pinned) return pinned.error();
  }
  const double steps =
      asked.steps_in_a_microsecond > 0 ? asked.steps_in_a_microsecond : steps_in_a_microsecond();
  auto driver = open_driver(asked);
  if (!driver) return driver.error();
  measured_server server(std::move(driver).value(), asked, steps);
  if (const auto listens = server.listen(asked.address, asked.port); !listens)
    return listens.error();
  server.run();
}

}  // namespace shoal::bench
