#include "open/open_generator.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "base/descriptor_limit.h"
#include "load/processor_time.h"
#include "load/request_kind.h"

namespace shoal::open {
namespace {

constexpr std::chrono::seconds opening_time{5};
constexpr std::chrono::milliseconds looking_time{50};  // between looks for what is too old

result<void> pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) return {};
  return system_error(errno, "cannot pin the generator to core " + std::to_string(cpu));
}

crowd make_crowd(const options& asked, int poller) {
  crowd made{.asked = asked, .poller = poller};
  if (!asked.log.empty()) made.log.keep();
  for (const request_class& each : asked.classes) {
    load::request_kind one;
    one.path = each.path;
    crowd::kind& kind = made.kinds.emplace_back();
    kind.request = load::make_request(one, asked.host);
    kind.check.wanted.status = 200;
    if (each.compare_body) kind.check.wanted.body = each.body;
    kind.check.wanted.may_refuse = each.may_refuse;
  }
  return made;
}

timespec to_timespec(nanoseconds time) {
  return {.tv_sec = time.count() / 1'000'000'000, .tv_nsec = time.count() % 1'000'000'000};
}

}  // namespace

result<std::unique_ptr<open_generator>> open_generator::make(const options& asked) {
  raise_descriptor_limit();
  ::prctl(PR_SET_TIMERSLACK, 1);  // 50,000 ns by default
  if (asked.cpu >= 0) {
    if (const auto pinned = pin(asked.cpu); !pinned) return pinned.error();
  }
  descriptor poller(::epoll_create1(EPOLL_CLOEXEC));
  if (!poller) return system_error(errno, "epoll_create1");
  std::unique_ptr<open_generator> made(new open_generator(asked, std::move(poller)));
  if (const auto opened = made->open_connections(); !opened) return opened.error();
  return made;
}

open_generator::open_generator(const options& asked, descriptor poller)
    : asked_(asked),
      poller_(std::move(poller)),
      crowd_(make_crowd(asked, poller_.get())),
      timetable_(asked),
      deck_(asked) {}

result<void> open_generator::open_connections() {
  if (asked_.choice == choice::fresh) return {};
  const monotonic_time began = read_clock();
  const monotonic_time limit = began + opening_time;
  for (unsigned i = 0; i < asked_.connections; ++i) {
    clients_.emplace_back(crowd_).open();
    const monotonic_time next = began + nanoseconds(asked_.ramp) * (i + 1) / asked_.connections;
    while (read_clock() < next) turn(next);
    if (crowd_.opened == 0 && crowd_.refused != 0) {
      return error{0, "cannot connect to " + asked_.host + " (is the server running?)"};
    }
  }
  while (crowd_.opened < asked_.connections && read_clock() < limit) turn(limit);
  if (crowd_.opened >= asked_.connections) return {};
  return error{0, asked_.host + " took " + std::to_string(crowd_.opened) + " of " +
                      std::to_string(asked_.connections) + " connections within 5 s"};
}

client& open_generator::choose() {
  if (asked_.choice == choice::turns) return clients_[deck_.next()];
  if (asked_.choice == choice::fresh) {
    if (crowd_.done.empty()) return clients_.emplace_back(crowd_);
    client& used = *crowd_.done.back();
    crowd_.done.pop_back();
    return used;
  }
  const auto fits = [this](const client& one) {
    return asked_.choice == choice::idle ? one.idle() : !one.taken_alone();
  };
  constexpr int tries = 8;  // by their share of the load; then the first that fits
  std::size_t drawn = deck_.draw();
  for (int i = 1; i < tries && !fits(clients_[drawn]); ++i) drawn = deck_.draw();
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    client& next = clients_[(drawn + i) % clients_.size()];
    if (fits(next)) return next;
  }
  return clients_[drawn];
}

void open_generator::give(const request& next) {
  client& chosen = choose();
  if (asked_.choice == choice::idle && !chosen.idle()) {
    ++crowd_.out;
    if (next.measured) ++crowd_.kinds[next.of_class].tally.planned;
    return crowd_.waiting.push_back(next);
  }
  chosen.give(next);
  if (asked_.choice == choice::fresh) chosen.open();
}

void open_generator::plan_what_is_due(monotonic_time now, bool measured) {
  for (; due_ <= now; due_ += timetable_.gap()) {
    if (measured) lateness_.record(static_cast<std::uint64_t>((read_clock() - due_).count()));
    give({.due = due_, .of_class = timetable_.class_of_next(), .measured = measured});
  }
}

// Opens what is closed, and gives up what is too old.
void open_generator::look_after(monotonic_time now) {
  std::vector<comeback> later;
  for (const comeback& each : std::exchange(crowd_.closed, {})) {
    if (each.when <= now) {
      each.who->open();
    } else {
      later.push_back(each);
    }
  }
  crowd_.closed.insert(crowd_.closed.end(), later.begin(), later.end());
  if (now < next_look_) return;
  next_look_ = now + looking_time;
  const monotonic_time before = now - asked_.timeout;
  for (client& each : clients_) each.give_up(before);
  for (; !crowd_.waiting.empty() && crowd_.waiting.front().due < before; --crowd_.out) {
    crowd_.give_up(crowd_.waiting.front(), 0);
    crowd_.waiting.pop_front();
  }
}

void open_generator::turn(monotonic_time until) {
  const monotonic_time now = read_clock();
  look_after(now);
  std::array<epoll_event, 256> events;
  const nanoseconds longest =
      crowd_.closed.empty() ? nanoseconds(looking_time) : nanoseconds(1'000'000);
  const timespec time = to_timespec(std::clamp(nanoseconds(until - now), nanoseconds(0), longest));
  const int ready =
      ::epoll_pwait2(poller_.get(), events.data(), static_cast<int>(events.size()), &time, nullptr);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<client*>(event.data.ptr)->ready(event.events);
  }
}

void open_generator::run_until(monotonic_time end, bool measured) {
  while (true) {
    plan_what_is_due(std::min(read_clock(), end), measured);
    if (read_clock() >= end) return;
    turn(std::min(due_, end));
  }
}

void open_generator::wait_for_the_rest() {
  const monotonic_time limit = read_clock() + asked_.timeout + looking_time;
  while (crowd_.out != 0 && read_clock() < limit) turn(limit);
}

report open_generator::run() {
  const monotonic_time start = read_clock();
  due_ = start + timetable_.gap();
  const monotonic_time began = start + asked_.warm_up;
  run_until(began, false);

  report seen;
  const std::uint64_t answered = crowd_.answered;
  const auto own_before = load::own_processor_time();
  const auto server_before = load::processor_time(asked_.watched);
  run_until(began + asked_.duration, true);
  using seconds = std::chrono::duration<double>;
  seen.seconds = seconds(read_clock() - began).count();
  seen.answered_within = crowd_.answered - answered;
  seen.generator_seconds = seconds(load::own_processor_time() - own_before).count();
  const auto server_after = load::processor_time(asked_.watched);
  if (!asked_.watched.empty() && server_before && server_after) {
    seen.server_seconds = seconds(*server_after - *server_before).count();
  }
  wait_for_the_rest();
  seen.log_written = asked_.log.empty() || crowd_.log.write(asked_);
  for (const crowd::kind& kind : crowd_.kinds) seen.classes.push_back(kind.tally);
  seen.lateness = lateness_;
  seen.opened = crowd_.opened;
  seen.ended = crowd_.ended;
  seen.refused = crowd_.refused;
  return seen;
}

}  // namespace shoal::open
