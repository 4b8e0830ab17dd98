#include "load/generator.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <thread>

#include "base/random.h"
#include "load/gathering.h"

namespace shoal::load {
namespace {

// Connections that open at the same time: more would measure the accept queue.
constexpr std::size_t opening_at_once = 128;

// How long a connection that failed waits before it tries again.
constexpr std::chrono::milliseconds rest_time{5};

// Between two looks for what is too old.
constexpr std::chrono::milliseconds longest_sweep{50};

// Between two looks at the figures for whoever watches, who looks ten times a second.
constexpr std::chrono::milliseconds publishing_time{50};

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

std::vector<std::unique_ptr<kind_record>> make_records(const common_ground& common) {
  std::vector<std::unique_ptr<kind_record>> made;
  for (std::size_t i = 0; i < common.asked.kinds.size(); ++i) {
    const request_kind& kind = common.asked.kinds[i];
    auto& record = *made.emplace_back(std::make_unique<kind_record>());
    record.check.wanted = kind.expected;
    record.check.head_only = kind.method == "HEAD";
    record.check.first = &common.first[i];
    record.alone = kind.alone;
  }
  return made;
}

nanoseconds sweep_time(const options& asked) noexcept {
  return std::min<nanoseconds>(longest_sweep, nanoseconds(asked.timeout) / 4);
}

}  // namespace

generator::generator(const common_ground& common, share part, io::driver& driver,
                     clock_of_driver clock)
    : asked_(common.asked),
      share_(part),
      clock_(clock),
      crowd_{.driver = driver,
             .asked = common.asked,
             .requests = common.requests,
             .kinds = make_records(common)},
      loop_(driver),
      timetable_(asked_.arrivals, asked_.open_loop() ? asked_.rate / part.of : 1,
                 asked_.seed + part.index),
      margin_(asked_.spin),
      plan_left_(no_limit) {
  random_source places(asked_.seed + part.index);
  for (std::uint64_t i = part.of_all(asked_.connections); i > 0; --i) {
    connections_.emplace_back(crowd_, places.below(common.requests.size()));
  }
  place_ = places.below(common.requests.size());
  if (asked_.log) crowd_.log.keep();
  if (joins_a_line(asked_.pick)) {
    const auto hot = part.of_all(hot_ones(asked_.hot, asked_.connections));
    deck_.emplace(connections_.size(), hot, asked_.hot.factor, places.next());
  }
  if (asked_.pick != pick::fresh) return;
  for (connection& each : connections_) crowd_.idle.push_back(each);
  opened_ = crowd_.arrived = static_cast<unsigned>(connections_.size());  // when they are needed
}

generator::~generator() { close_connections(); }

void generator::close_connections() {
  crowd_.ending = true;
  for (connection& each : connections_) each.close();
  // What is cancelled answers soon: that is the driver's contract.
  while (crowd_.open != 0) loop_.run_turn(loop_.now() + rest_time);
}

void generator::ask_to_stop() noexcept {
  stop_.store(true, std::memory_order_relaxed);  // publishes nothing
  crowd_.driver.wake();
}

tally generator::counted() const noexcept {
  tally sum = crowd_.total;
  for (const auto& kind : crowd_.kinds) sum.add(kind->tally);
  return sum;
}

void generator::tell(report& to) const {
  to.total = counted();
  for (const auto& kind : crowd_.kinds) to.kinds.push_back({kind->tally, kind->latency});
  to.planned = planned_;
  to.waited = waited_;
  to.send_lag = lag_;
  to.unfinished = crowd_.out;
  to.log = crowd_.log.entries();
}

// --- phases --------------------------------------------------------------------------------------

void generator::open_connections(monotonic_time limit) {
  while (crowd_.arrived < connections_.size() && loop_.now() < limit && !stopped()) {
    turn(limit);
  }
}

// Threads begin one after another: together they keep the rhythm of one.
void generator::begin_plan(monotonic_time when) {
  if (!asked_.open_loop()) return;
  const double stagger = 1e9 * asked_.arrivals.burst / asked_.rate * share_.index;
  due_ = when + nanoseconds(static_cast<std::int64_t>(stagger)) + timetable_.gap();
}

void generator::begin_counting(monotonic_time from, monotonic_time end) {
  counting_ = true;
  for (const auto& kind : crowd_.kinds) {
    kind->tally = {};
    kind->latency.clear();
  }
  crowd_.total = {};
  lag_.clear();
  crowd_.log.clear();
  planned_ = waited_ = 0;
  plan_end_ = end;
  last_progress_ = from;
  progress_ = crowd_.came;
  // A closed loop counts the answers of the window, an open one and a count their requests.
  const bool by_request = asked_.open_loop() || asked_.count != 0;
  crowd_.counted_from = by_request ? from : monotonic_time::min();
  if (asked_.count == 0) return;
  (asked_.open_loop() ? plan_left_ : crowd_.left) = share_.of_all(asked_.count);
}

void generator::run_until(monotonic_time end) {
  do {
    turn(end);
  } while (!done_ && loop_.now() < end && !stopped());
}

void generator::wait_for_the_rest() {
  if (!asked_.open_loop()) return;
  const monotonic_time limit = loop_.now() + asked_.timeout + 2 * longest_sweep;
  while ((crowd_.out != 0 || due_ < plan_end_) && loop_.now() < limit && !stopped()) {
    turn(limit);
  }
}

// --- a turn --------------------------------------------------------------------------------------

void generator::turn(monotonic_time until) {
  open_some();
  look_after(loop_.now());
  let_answers_gather();
  const std::uint64_t before = crowd_.came;
  wait(keep_pace(std::min({until, next_look_, next_sweep_})));
  brought_ = crowd_.came - before;
  const monotonic_time now = loop_.now();
  notice_end(now);
  publish(now);
}

void generator::open_some() {
  const unsigned settled = asked_.open_loop() ? crowd_.arrived : crowd_.served;
  while (opened_ < connections_.size() && opened_ - settled < opening_at_once) {
    connections_[opened_++].open();
  }
}

// Connections that rested try again; what is too old is given up.
void generator::look_after(monotonic_time now) {
  if (now >= next_look_) {
    intrusive_list<connection> again;
    again.splice_back(crowd_.resting);
    while (connection* each = again.pop_front()) each->open();
    next_look_ = never;
  }
  if (!crowd_.resting.empty()) next_look_ = std::min(next_look_, now + rest_time);
  if (now < next_sweep_) return;
  next_sweep_ = now + sweep_time(asked_);
  const monotonic_time before = now - asked_.timeout;
  for (connection& each : connections_) each.give_up(before);
  give_up_old_plans(before, now);
}

void generator::give_up_old_plans(monotonic_time before, monotonic_time now) {
  while (due_ < before && due_ < plan_end_) {
    if (crowd_.counts(due_)) {
      ++planned_;
      ++waited_;
      crowd_.count_timeout(crowd_.requests.kind(place_), due_, now);
    }
    advance_plan();
  }
}

void generator::let_answers_gather() {
  if (asked_.gather.count() == 0 || asked_.open_loop()) return;
  if (!lets_gather(crowd_.out, brought_, connections_.size())) return;
  loop_.run_turn(loop_.now());  // what was asked leaves before the sleep
  std::this_thread::sleep_for(asked_.gather);
}

// Of an open loop: sends what is due, and says until when to wait.
monotonic_time generator::keep_pace(monotonic_time until) {
  while (due_ < plan_end_) {
    const monotonic_time now = time();
    if (due_ > now) return std::min(until, due_);
    connection* const next = taker();
    if (next == nullptr) {
      held_until_ = now;
      return until;
    }
    note_departure(now);
    next->give(due_, place_);
    advance_plan();
  }
  return until;
}

// Sleeps that end when a request is due end early, and the rest of the time passes awake.
void generator::wait(monotonic_time until) {
  if (until != due_ || until == never) return loop_.run_turn(until);
  const monotonic_time now = time();
  const monotonic_time wake = due_ - margin_.get();
  if (now >= wake) return look_without_sleep(now);
  loop_.run_turn(wake);
  if (loop_.now() >= wake) margin_.note(loop_.now() - wake);
}

void generator::look_without_sleep(monotonic_time now) {
  constexpr std::chrono::microseconds longest{10};  // a look that takes longer was interrupted
  const std::uint64_t before = crowd_.driver.counters().completions;
  loop_.run_turn(loop_.now());
  if (crowd_.driver.counters().completions != before) return;
  spun_ += std::min<nanoseconds>(time() - now, longest);
}

connection* generator::taker() noexcept {
  if (deck_) return &drawn();
  connection* const idle = crowd_.idle.pop_front();
  return idle != nullptr ? idle : crowd_.roomy.pop_front();
}

// By its share of the load, and nobody whose request is to be alone, if there is another.
connection& generator::drawn() noexcept {
  if (asked_.pick == pick::round_robin) return connections_[deck_->next()];
  constexpr int draws = 8;
  std::size_t at = deck_->draw();
  for (int i = 1; i < draws && connections_[at].taken_alone(); ++i) at = deck_->draw();
  for (std::size_t i = 0; i < connections_.size() && connections_[at].taken_alone(); ++i) {
    at = at + 1 == connections_.size() ? 0 : at + 1;
  }
  return connections_[at];
}

// How late it leaves is the generator's fault only if a connection was there for it.
void generator::note_departure(monotonic_time now) {
  if (!crowd_.counts(due_)) return;
  ++planned_;
  if (due_ <= held_until_) {
    ++waited_;
  } else {
    lag_.record(static_cast<std::uint64_t>((now - due_).count()));
  }
}

void generator::advance_plan() {
  place_ = crowd_.requests.after(place_, 1);
  const bool ends = counting_ && crowd_.counts(due_) && plan_left_ != no_limit && --plan_left_ == 0;
  due_ = ends ? never : due_ + timetable_.gap();
}

// Of a count: all has been asked and is done, or, in a closed loop, nothing comes back any
// more, right or wrong.
void generator::notice_end(monotonic_time now) {
  if (!counting_ || asked_.count == 0) return;
  if (crowd_.came != progress_) {
    progress_ = crowd_.came;
    last_progress_ = now;
  }
  const bool all_asked = asked_.open_loop() ? due_ == never : crowd_.left == 0;
  const bool stuck =
      !asked_.open_loop() && now - last_progress_ > asked_.timeout + 2 * longest_sweep;
  done_ = (all_asked && crowd_.out == 0) || stuck;
}

void generator::publish(monotonic_time now) noexcept {
  if (now < next_publication_) return;
  next_publication_ = now + publishing_time;
  live_.right.store(crowd_.right, std::memory_order_relaxed);
  live_.wrong.store(counted().errors(), std::memory_order_relaxed);
  const bool behind = due_ < plan_end_ && due_ < now;
  live_.behind_ns.store(behind ? static_cast<std::uint64_t>((now - due_).count()) : 0,
                        std::memory_order_relaxed);
}

}  // namespace shoal::load
