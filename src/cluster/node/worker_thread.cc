#include "cluster/node/worker_thread.h"

#include <pthread.h>
#include <unistd.h>

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "cluster/letters/letter_desk.h"
#include "cluster/node/load_publisher.h"
#include "cluster/node/node_homes.h"
#include "cluster/node/sticky_homes.h"
#include "http/table.h"
#include "http/timetable.h"
#include "topology/pin.h"
#include "topology/thread_priority.h"

namespace shoal::cluster {
namespace {

// To its core, or to the cores of its unit where none was chosen. Returns the core or -1.
int settle(const topology::node_place& process, const topology::worker_place& place, bool strict) {
  const auto settled = place.pinned ? topology::pin_this_thread(place.core)
                                    : topology::confine_this_thread(process.cpus);
  if (!settled && strict) throw std::runtime_error(settled.error().message + " (strict)");
  if (!settled) log_warning("a worker runs unpinned: " + settled.error().message);
  // Threads that compute share its core. Where this is refused it waits for it a little longer.
  const auto sooner = topology::shorten_slices_of_this_thread(topology::loop_slice);
  if (!sooner) log_debug("a worker keeps its time slices: " + sooner.error().message);
  return settled && place.pinned ? static_cast<int>(place.core) : -1;
}

topology::page_range receive_memory_of(const io::driver& driver) noexcept {
  const auto memory = driver.receive_memory();
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  return {topology::page_kind::buffers, begin, begin + memory.size()};
}

shm::driver_kind published(io::driver_kind kind) noexcept {
  return kind == io::driver_kind::uring ? shm::driver_kind::uring : shm::driver_kind::epoll;
}

/// `limit` zero: nothing is.
bool is_long(nanoseconds turn, nanoseconds limit) noexcept {
  return limit > nanoseconds::zero() && turn >= limit;
}

/// Of connections that leave.
struct receiver {
  worker_thread* who = nullptr;
  double weight = 0;
  double got_us = 0;
};

}  // namespace

// What lives on the worker's own thread. Members end in reverse order: the server first, the driver
// last but for the slot, which says so.
class worker_thread::engine final : private io::turn_observer, private http::carrier {
 public:
  engine(const blueprint& plan, const process_identity& who, unsigned id, int cpu,
         std::unique_ptr<io::driver> driver, worker_thread& outer)
      : driver_(std::move(driver)),
        loop_(*driver_),
        outer_(outer),
        self_({.id = id,
               .node = who.process,
               .cpu = cpu,
               .generation = who.generation,
               .driver = driver_->name()}) {
    if (!who.succeeds) publish();
    self_.adopt(observe::known(plan.overview));
    if (plan.post) {
      letters_.emplace(*plan.post, plan.table.messages, self_, loop_, outer.crew_,
                       plan.first_worker_of(who.process), plan.overview->tallies.of(id));
    }
    plan.routes.make_states(self_);
    auto options = plan.terms.server;
    options.observer = outer.observer_;
    options.lends = &outer.lending_;
    options.carries = this;
    options.executors = outer.executors_;
    options.tally = &plan.overview->tallies.of(id);
    homes_.emplace(plan.segment, id);
    if (options.sticky.what != http::sticky_source::kind::address) options.homes = &*homes_;
    if (plan.terms.balance.rehome) {
      node_homes_.emplace(plan.machine, plan.placement, plan.segment, plan.overview->pages.of(id),
                          id, outer.place().node);
      options.packet_homes = &*node_homes_;
    }
    server_.emplace(loop_, plan.table, self_, options);
  }
  ~engine() {
    if (!publisher_) return;
    publisher_->watch(nullptr);
    publisher_->set_state(shm::worker_state::stopped);
  }
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void begin_trial() noexcept try {
    publish_trial();
    begin_to_tell();
  } catch (const std::exception& failure) {
    cannot_serve(failure);
  }

  void open() noexcept try {
    if (!publisher_ || trial_ring_) publish();
    begin_to_tell();
    for (const auto& socket : outer_.plan_.sockets.of(self_.id())) {
      server_->listen(socket.get());
      outer_.lending_.listen(socket.get());
    }
    if (outer_.who_.generation > 0) server_->share_listeners(outer_.who_.succeeds);
    publisher_->set_state(shm::worker_state::ready);
    if (letters_) letters_->open();
    timetable_.emplace(outer_.plan_.table.recurring, self_, loop_);
    outer_.workers_.serving();
  } catch (const std::exception& failure) {
    cannot_serve(failure);
  }

  void be_alone() noexcept { server_->share_listeners(false); }

  void take(int connection) noexcept { server_->take(connection); }

  void serve() noexcept {
    while (!told_to_end_) {
      loop_.run_turn();
      report_if_drained();
    }
  }

  void end() noexcept { told_to_end_ = true; }

  void announce_stop() noexcept { server_->announce_stop(); }

  void drain() noexcept {
    if (publisher_) publisher_->set_state(shm::worker_state::draining);
    leave_neighbours();  // any of them may end when all have drained
    if (timetable_) timetable_->stop();
    server_->drain();
  }

  void vacate() noexcept {
    publisher_->set_state(shm::worker_state::draining);
    if (letters_) letters_->leave();
    timetable_->stop();
  }

  void leave() noexcept {
    leaving_ = true;
    server_->leave();
    outer_.workers_.left();
  }

  void rest(bool whether) noexcept {
    resting_ = whether;
    publisher_->set_state(whether ? shm::worker_state::resting : shm::worker_state::ready);
    // What is in a queue of its own, or comes there nevertheless, would wait for ever.
    server_->rest(whether, dispatch::has_socket_each(outer_.plan_.steering->kind()));
  }

  /// The first worker gives its first one, the others begin somewhere on the way to theirs.
  void share(unsigned percent) noexcept {
    const auto crew = static_cast<unsigned>(outer_.crew_.size());
    server_->share(percent, 100 * (crew - outer_.index_) / crew);
  }

  void take_over(http::lending& from, bool all) noexcept { server_->take_over(from, all); }

  void adopt(http::moved_connection&& moved) noexcept {
    server_->adopt(std::move(moved));
    report_if_drained();
  }

  void give(const shift& what) noexcept;

  [[nodiscard]] const io::loop& loop() const noexcept { return loop_; }

  void call_for_letters() const noexcept {
    if (letters_) letters_->call();
  }
  void leave_neighbours() noexcept {
    if (letters_) letters_->leave_neighbours();
  }

 private:
  /// Or that it has connections again, since one has come from a worker that was not so far.
  void report_if_drained() noexcept {
    const bool holds = !server_->drained();
    if (holds == std::exchange(holds_, holds)) return;
    holds ? outer_.workers_.hold() : outer_.workers_.let_go();
  }

  /// In its slot, which has no other owner now; after a trial it goes on from there.
  void publish() {
    const auto& plan = outer_.plan_;
    auto in_slot = std::make_unique<load_publisher>(
        plan.segment.slot(self_.id()), plan.segment.ring(self_.id()), identity(),
        plan.steering->board().pen(self_.id()), plan.terms.balance.stall_warn,
        &plan.overview->tallies.of(self_.id()));
    if (publisher_) in_slot->go_on_from(*publisher_);
    publisher_ = std::move(in_slot);
    trial_ring_.reset();
    if (server_) server_->count_also(nullptr);
  }

  /// In the place of those on trial: nobody gives connections by what it says there.
  void publish_trial() {
    const auto& plan = outer_.plan_;
    auto& place = plan.trial->of(self_.id());
    trial_ring_ = std::make_unique<shm::load_ring>();
    publisher_ = std::make_unique<load_publisher>(
        place.now, *trial_ring_, identity(), dispatch::steer_pen{}, plan.terms.balance.stall_warn,
        &plan.overview->tallies.of(self_.id()));
    publisher_->count_also(place.all);
    publisher_->set_state(shm::worker_state::ready);
    server_->count_also(&place.all);
  }

  /// From this turn on.
  void begin_to_tell() noexcept {
    publisher_->watch(&*server_);
    publisher_->turn_began(loop_.now());
    if (std::exchange(tells_, true)) return;
    outer_.lending_.turn_began(loop_.now(), driver_->knows_all_received());
    outer_.bell_.ring();
    loop_.observe(this);
  }

  [[nodiscard]] shm::worker_identity identity() const {
    const auto& plan = outer_.plan_;
    return {.generation = outer_.who_.generation,
            .pid = static_cast<std::uint64_t>(::getpid()),
            .thread_id = static_cast<std::uint64_t>(::gettid()),
            .node = outer_.place().node,
            .cpu = self_.cpu() < 0 ? shm::not_pinned : static_cast<std::uint64_t>(self_.cpu()),
            .driver = published(plan.driver),
            .restarts = outer_.who_.restarts};
  }

  void cannot_serve(const std::exception& failure) {
    outer_.workers_.failed("worker " + std::to_string(self_.id()) +
                           " cannot serve: " + failure.what());
  }

  void carry(http::moved_connection&& moved) noexcept override;
  [[nodiscard]] unsigned room() const noexcept override { return outer_.out_.room(); }
  [[nodiscard]] worker_thread* choose_receiver(std::uint32_t work_us) noexcept;

  void turn_began(monotonic_time now) noexcept override {
    publisher_->turn_began(now);
    outer_.lending_.turn_began(now, driver_->knows_all_received());
    outer_.bell_.ring();
  }

  void turn_ended() noexcept override {
    outer_.lending_.turn_ended();
    server_->let_go_of_taken();
    publisher_->turn_ended();
    const nanoseconds took = publisher_->last_turn();
    const bool others_help = is_long(took, outer_.plan_.terms.balance.lend_after);
    if (others_help) outer_.had_long_turn_.store(true, std::memory_order_relaxed);
    if (timetable_) timetable_->turn_ended(server_->counters().requests_total);
    if (others_help || is_long(took, outer_.plan_.terms.server.offload_after))
      server_->turn_was_long();
  }

  std::unique_ptr<shm::load_ring> trial_ring_;  ///< on trial, where it has none in the segment
  std::unique_ptr<load_publisher> publisher_;   ///< once the slot is its own, or on trial
  std::unique_ptr<io::driver> driver_;
  io::loop loop_;
  worker_thread& outer_;
  worker self_;
  std::optional<letter_desk> letters_;  ///< where the app knows messages
  std::optional<sticky_homes> homes_;
  std::optional<node_homes> node_homes_;      ///< where connections follow their packets
  std::optional<http::timetable> timetable_;  ///< once it serves
  std::optional<http::server> server_;
  std::vector<receiver> receivers_;
  bool holds_ = true;   // for the roll call
  bool tells_ = false;  // what its turns are like
  bool leaving_ = false;
  bool resting_ = false;
  bool told_to_end_ = false;
};

/// A connection on its way from the main thread to the worker.
class worker_thread::handed_over final : public io::message {
 public:
  handed_over(engine& to, descriptor& connection) noexcept
      : to_(to), connection_(std::move(connection)) {}
  void deliver() noexcept override {
    to_.take(connection_.release());
    delete this;
  }

 private:
  engine& to_;
  descriptor connection_;
};

/// There may be several on their way.
class worker_thread::order_to_share final : public io::message {
 public:
  order_to_share(engine& of, unsigned percent) noexcept : of_(of), percent_(percent) {}
  void deliver() noexcept override {
    of_.share(percent_);
    delete this;
  }

 private:
  engine& of_;
  const unsigned percent_;
};

/// A connection on its way from another worker.
class worker_thread::moved_here final : public io::message {
 public:
  moved_here(worker_thread& to, http::moved_connection&& what) noexcept
      : to_(to), what_(std::move(what)) {}
  void deliver() noexcept override {
    to_.engine_->adopt(std::move(what_));
    to_.workers_.let_go();  // after the worker has begun to hold for it
    delete this;
  }

 private:
  worker_thread& to_;
  http::moved_connection what_;
};

void worker_thread::engine::give(const shift& what) noexcept try {
  receivers_.clear();
  for (const auto& one : what.to) receivers_.push_back({outer_.crew_[one.worker], one.weight, 0});
  server_->give_away(what.part, rebalancer::most_moves);
} catch (const std::bad_alloc&) {
  // Another time.
}

/// Who is furthest from the part that it should get; nullptr: nobody gets any.
worker_thread* worker_thread::engine::choose_receiver(std::uint32_t work_us) noexcept {
  if (receivers_.empty()) return nullptr;
  receiver* to = &receivers_.front();
  for (receiver& other : receivers_) {
    if (other.got_us * to->weight < to->got_us * other.weight) to = &other;
  }
  to->got_us += work_us;
  return to->who;
}

// Who cannot leave the worker now is served here, whatever its home.
void worker_thread::engine::carry(http::moved_connection&& moved) noexcept {
  if (leaving_ || resting_ || moved.on_trial) {
    if (outer_.out_.send(moved)) return http::let_go_of(moved);
    moved.stays = true;
    return server_->adopt(std::move(moved));
  }
  worker_thread* to = nullptr;
  if (moved.key != 0) to = outer_.neighbour(homes_->home_of(moved.key));
  if (!moved.has_home()) to = choose_receiver(moved.work_us);
  if (to == nullptr) {
    if (moved.has_home() && outer_.out_.send(moved)) {
      if (moved.node != http::no_node) publisher_->rehomed();
      return http::let_go_of(moved);
    }
    to = &outer_;
  }
  if (!to->adopt(std::move(moved))) server_->adopt(std::move(moved));
}

worker_thread::worker_thread(const blueprint& plan, const process_identity& who, unsigned index,
                             roll_call& workers, way_out& out, std::span<worker_thread*> crew,
                             bell& bell, http::request_observer* observer,
                             const compute::executors& executors)
    : plan_(plan),
      who_(who),
      index_(index),
      workers_(workers),
      out_(out),
      crew_(crew),
      bell_(bell),
      observer_(observer),
      executors_(executors),
      lending_(plan.terms.server.max_connections +
               http::turned_away_at_once(plan.terms.server.max_connections)),
      trying_(*this, &engine::begin_trial),
      opening_(*this, &engine::open),
      alone_(*this, &engine::be_alone),
      vacating_(*this, &engine::vacate),
      leaving_(*this, &engine::leave),
      announcing_(*this, &engine::announce_stop),
      draining_(*this, &engine::drain),
      ending_(*this, &engine::end),
      thread_([this] { run(); }) {}

worker_thread::~worker_thread() { thread_.join(); }

void worker_thread::run() noexcept {
  const std::string name = std::to_string(id());
  ::pthread_setname_np(::pthread_self(), ("shoal-w" + name).c_str());
  try {
    boot_and_serve();
  } catch (const std::exception& failure) {
    workers_.failed("worker " + name + " cannot start: " + failure.what());
  } catch (...) {
    workers_.failed("worker " + name + " cannot start: unknown exception");
  }
  workers_.ended();
}

void worker_thread::boot_and_serve() {
  const auto& process = plan_.placement.processes[who_.process];
  // Before the driver, so that its memory lies where the worker runs.
  const int cpu = settle(process, place(), plan_.terms.said.strict);
  auto driver = io::open_driver(plan_.driver);
  if (!driver) throw std::runtime_error(driver.error().message);
  memory_ = {topology::stack_of_this_thread(), receive_memory_of(*driver.value())};
  engine own(plan_, who_, id(), cpu, std::move(driver).value(), *this);
  engine_ = &own;
  crew_[index_] = this;
  if (!workers_.booted()) return;
  own.serve();
  may_end_.acquire();
}

bool worker_thread::take(descriptor& connection) noexcept {
  auto* const message = new (std::nothrow) handed_over(*engine_, connection);
  if (message != nullptr) engine_->loop().post(*message);
  return message != nullptr;
}

bool worker_thread::adopt(http::moved_connection&& moved) noexcept {
  auto* const message = new (std::nothrow) moved_here(*this, std::move(moved));
  if (message == nullptr) return false;
  workers_.hold();
  engine_->loop().post(*message);
  return true;
}

worker_thread* worker_thread::neighbour(unsigned id) const noexcept {
  const unsigned index = id - plan_.first_worker_of(who_.process);
  return index < crew_.size() ? crew_[index] : nullptr;
}

void worker_thread::carry_out(order::deed what) noexcept { (engine_->*what)(); }

void worker_thread::begin_trial() noexcept { engine_->loop().post(trying_); }
void worker_thread::open() noexcept { engine_->loop().post(opening_); }
void worker_thread::be_alone() noexcept { engine_->loop().post(alone_); }

void worker_thread::share(unsigned percent) noexcept {
  auto* const message = new (std::nothrow) order_to_share(*engine_, percent);
  if (message != nullptr) engine_->loop().post(*message);
}

void worker_thread::vacate() noexcept {
  engine_->leave_neighbours();  // at once, whatever it is doing: others will read what it sends
  engine_->loop().post(vacating_);
}

void worker_thread::leave() noexcept { engine_->loop().post(leaving_); }

void worker_thread::announce_stop() noexcept { engine_->loop().post(announcing_); }

void worker_thread::drain() noexcept { engine_->loop().post(draining_); }

void worker_thread::call_for_letters() const noexcept { engine_->call_for_letters(); }

void worker_thread::end() noexcept {
  engine_->loop().post(ending_);
  may_end_.release();
}

bool worker_thread::help(worker_thread& stuck, bool all) noexcept {
  if (call_.sent.load(std::memory_order_acquire)) return false;
  call_.from = &stuck.lending_;
  call_.all = all;
  call_.sent.store(true, std::memory_order_relaxed);
  engine_->loop().post(call_);
  return true;
}

void worker_thread::call_for_help::deliver() noexcept {
  helper_.engine_->take_over(*from, all);
  // Release: the caller, who acquires it, may write the message anew.
  sent.store(false, std::memory_order_release);
}

void worker_thread::give(const shift& what) {
  if (giving_.sent.load(std::memory_order_acquire)) return;
  giving_.what = what;
  giving_.sent.store(true, std::memory_order_relaxed);
  engine_->loop().post(giving_);
}

void worker_thread::order_to_give::deliver() noexcept {
  giver_.engine_->give(what);
  sent.store(false, std::memory_order_release);  // as for a call for help
}

void worker_thread::rest(bool whether) noexcept {
  if (resting_.whether.exchange(whether) == whether) return;
  if (!resting_.sent.exchange(true)) engine_->loop().post(resting_);
}

void worker_thread::order_to_rest::deliver() noexcept {
  sent.store(false);  // before it looks: what is said from now on is sent again
  who_.engine_->rest(whether.load());
}

}  // namespace shoal::cluster
