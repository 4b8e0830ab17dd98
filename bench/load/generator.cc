#include "load/generator.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/descriptor.h"
#include "load/processor_time.h"

namespace shoal::load {
namespace {

// Connections that open at the same time: more would measure the accept queue.
constexpr std::size_t opening_at_once = 128;

// How long a connection that failed waits before it tries again.
constexpr std::chrono::milliseconds rest_time{5};

result<void> pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) return {};
  return system_error(errno, "cannot pin the generator to core " + std::to_string(cpu));
}

result<void> check_descriptors(unsigned connections) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  constexpr unsigned others = 32;
  if (connections + others <= limit.rlim_cur) return {};
  return error{0, std::to_string(connections) + " connections need more descriptors than the " +
                      std::to_string(limit.rlim_cur) + " that RLIMIT_NOFILE allows"};
}

result<void> check_listening(const options& asked) {
  const descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* address = reinterpret_cast<const sockaddr*>(&asked.address);
  if (::connect(probe.get(), address, sizeof asked.address) == 0) return {};
  return system_error(errno, "cannot connect to " + asked.host + " (is the server running?)");
}

}  // namespace

result<std::unique_ptr<generator>> generator::make(const options& asked) {
  result<void> ready = check_descriptors(asked.connections);
  if (ready) ready = check_listening(asked);
  if (ready && asked.cpu >= 0) ready = pin(asked.cpu);
  if (asked.gather.count() > 0) ::prctl(PR_SET_TIMERSLACK, 1);  // 50,000 ns by default
  if (!ready) return ready.error();
  const auto choice = io::choose_driver(asked.driver);
  if (!choice) return choice.error();
  auto driver = io::open_driver(choice.value().kind);
  if (!driver) return driver.error();
  return std::unique_ptr<generator>(new generator(asked, std::move(driver).value()));
}

generator::generator(const options& asked, std::unique_ptr<io::driver> driver)
    : asked_(asked), driver_(std::move(driver)), loop_(*driver_) {
  const std::string request = make_request(asked);
  for (unsigned i = 0; i < asked.pipeline; ++i) requests_ += request;
  crowd_.reset(new crowd{.driver = *driver_,
                         .asked = asked_,
                         .requests = std::as_bytes(std::span(requests_)),
                         .request_bytes = request.size()});
  crowd_->check.status = asked.expected_status;
  crowd_->check.head_only = asked.method == "HEAD";
  crowd_->check.compare_body = asked.compare_body;
  crowd_->check.body = asked.expected_body;
  crowd_->resting.reserve(asked.connections);
  for (unsigned i = 0; i < asked.connections; ++i) connections_.emplace_back(*crowd_);
}

generator::~generator() = default;

// Connections that rested try again.
void generator::expired() noexcept {
  std::vector<connection*> again;
  again.reserve(connections_.size());
  again.swap(crowd_->resting);
  for (connection* each : again) each->open();
}

// A turn that brings few answers costs as much as one that brings many, and the server pays for
// waking the generator. While less than an eighth of the connections had an answer, the server has
// enough to do, so a short sleep takes nothing from it.
void generator::let_answers_gather() {
  if (asked_.gather.count() == 0 || asked_.rate > 0 || brought_ * 8 >= asked_.connections) return;
  loop_.run_turn(loop_.now());  // what was asked leaves before the sleep
  std::this_thread::sleep_for(asked_.gather);
}

// Of an open loop: sends what is due, and says until when to wait. What finds no idle connection
// leaves later and has waited meanwhile: a server that stalls is asked no less often.
monotonic_time generator::keep_pace(monotonic_time until) {
  if (asked_.rate <= 0) return until;
  const auto now = read_clock();
  while (due_ <= now && !crowd_->idle.empty()) {
    connection& next = *crowd_->idle.front();
    crowd_->idle.pop_front();
    next.ask_once(due_);
    due_ += nanoseconds(static_cast<std::int64_t>(1e9 / asked_.rate));
  }
  return crowd_->idle.empty() ? until : std::min(until, due_);
}

void generator::turn(monotonic_time until) {
  while (opened_ < connections_.size() && opened_ - crowd_->served < opening_at_once) {
    connections_[opened_++].open();
  }
  if (!crowd_->resting.empty() && !pending()) loop_.start(*this, loop_.now() + rest_time);
  let_answers_gather();
  const std::uint64_t before = crowd_->total.answers;
  loop_.run_turn(keep_pace(until));
  brought_ = crowd_->total.answers - before;
}

void generator::run_until(monotonic_time end) {
  do {
    turn(end);
  } while (loop_.now() < end);
}

report generator::seen(monotonic_time began) const {
  report now;
  now.seconds = std::chrono::duration<double>(read_clock() - began).count();
  now.total = crowd_->total;
  now.latency = crowd_->latency;
  now.driver = driver_->name();
  return now;
}

report generator::run() {
  due_ = read_clock();
  run_until(due_ + asked_.warm_up);
  crowd_->total = {};
  crowd_->latency.clear();
  const monotonic_time began = read_clock();
  const std::uint64_t turns_before = driver_->counters().waits;
  const auto own_before = own_processor_time();
  const auto server_before = processor_time(asked_.watched);

  run_until(began + asked_.duration);

  report measured = seen(began);
  const auto server_after = processor_time(asked_.watched);
  measured.turns = driver_->counters().waits - turns_before;
  using seconds = std::chrono::duration<double>;
  measured.generator_seconds = seconds(own_processor_time() - own_before).count();
  if (!asked_.watched.empty() && server_before && server_after) {
    measured.server_seconds = seconds(*server_after - *server_before).count();
  }
  return measured;
}

report generator::hold() {
  crowd_->once = true;
  const monotonic_time began = read_clock();
  const monotonic_time limit = began + asked_.duration;
  do {
    turn(limit);
  } while (crowd_->served < connections_.size() && loop_.now() < limit);
  return seen(began);
}

tally generator::look() {
  constexpr int turns = 16;  // a turn delivers a bounded amount
  for (int i = 0; i < turns; ++i) loop_.run_turn(read_clock());
  return crowd_->total;
}

}  // namespace shoal::load
