#include "http/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>
#include <vector>

#include "base/random.h"
#include "compute/here.h"
#include "http/server_core.h"

namespace shoal::http {
namespace {

/// After EMFILE and its like, unless a connection closes before: whoever asks again at once spins.
constexpr std::chrono::milliseconds accept_retry{100};

/// Of one who shares its listeners with a process that was left.
constexpr std::chrono::milliseconds look_for_overlooked_every{5};
constexpr std::chrono::seconds look_for_overlooked_after{1};

/// Of a server that is left by all: a client that is answered without a break is met idle by few of
/// these looks, and leaves with its next request.
constexpr std::chrono::milliseconds send_away_every{1};

}  // namespace

class server::impl final : public server_core {
 public:
  impl(io::loop& on, const route_table& routes, worker& self, const server_options& given)
      : server_core(on, routes, self, given) {
    next_request_id = draw_seed();
    compute::set_executors_here(options.executors);
  }

  ~impl() {
    loop.cancel(retry_);
    loop.cancel(usher_);
    loop.cancel(overlooked_);
    reaper_.unlink();
    receptionist_.unlink();
    for (const moved_connection& moved : early_) abandon(moved);
    for (const moved_connection& moved : due_) abandon(moved);
    reap();
    slow.close();
    while (connection* left = connections.pop_front()) {
      left->forsake();
      delete left;
    }
    compute::set_executors_here({});
    while (suspended_exchange* left = left_behind.pop_front()) {
      left->forget_jobs();  // the executors have ended before the server
      left->all_home();
    }
  }

  void listen(int listener) {
    acceptors_.push_back(std::make_unique<acceptor>(*this, listener));
    accept_if_wanted();
  }

  void share_listeners(bool with_others) noexcept {
    looks_until_ = with_others ? never : loop.now() + look_for_overlooked_after;
    if (!overlooked_.pending()) loop.start(overlooked_, loop.now() + look_for_overlooked_every);
  }

  void accept_overlooked() noexcept {
    for (const auto& a : acceptors_) {
      if (a->in_flight()) accept_from(a->socket);
    }
    accept_if_wanted();
    if (draining || leaving || loop.now() >= looks_until_) return;
    loop.start(overlooked_, loop.now() + look_for_overlooked_every);
  }

  void take(int socket) noexcept {
    admit(socket);
    accept_if_wanted();
  }

  void drain() noexcept {
    if (draining) return;
    draining = true;
    loop.cancel(retry_);
    accept_if_wanted();
    connections.for_each([](connection& c) { c.drain(); });
  }

  void leave() noexcept {
    if (leaving) return;
    leaving = true;
    loop.cancel(retry_);
    accept_if_wanted();
    send_idle_away();
  }

  void rest(bool whether, bool accepts) noexcept {
    resting = whether;
    shuts_out_ = whether && !accepts;
    accept_if_wanted();
    send_idle_away();
  }

  [[nodiscard]] bool drained() const noexcept {
    if (!(draining || leaving) || counters.connections_open > 0 || !early_.empty() ||
        !due_.empty() || !left_behind.empty()) {
      return false;
    }
    for (const auto& a : acceptors_) {
      if (a->in_flight()) return false;
    }
    return true;
  }

  /// At once, unless others have taken connections of ours in this turn: it may be one of those,
  /// and the driver has its socket until we have let go of it.
  void adopt(moved_connection&& moved) noexcept try {
    if (lends == nullptr || !lends->any_returned()) return go_on_with(std::move(moved));
    early_.push_back(std::move(moved));
  } catch (const std::bad_alloc&) {
    abandon(moved);
  }

  void go_on_with(moved_connection&& moved) noexcept {
    auto* fresh = new (std::nothrow) connection(*this, moved.socket);
    if (fresh == nullptr) return abandon(moved);
    ++counters.adopted;
    ++counters.connections_open;
    if (moved.served == 0) ++counters.unserved;
    connections.push_back(*fresh);
    // Others have come from within the process, whose limit they do not change, or are few.
    const bool may_be_many = moved.has_home();
    if (may_be_many && counters.connections_open > options.max_connections) {
      return fresh->turn_away(moved);
    }
    fresh->resume(std::move(moved));
    if (draining) fresh->drain();
    if (sends_away() && !usher_.pending()) loop.start(usher_, loop.now() + send_away_every);
  }

  /// As many as there is room for, and those who are not idle now another time.
  void send_idle_away() noexcept {
    if (draining || !sends_away() || counters.connections_open == 0) return;
    unsigned room = options.carries->room();
    if (room > 0) {
      connections.for_each([&room](connection& c) {
        if (room > 0 && c.depart()) --room;
      });
    }
    if (!usher_.pending()) loop.start(usher_, loop.now() + send_away_every);
  }

  void take_over(lending& from, bool all) noexcept try {
    const std::uint64_t turn = from.turn();
    if (turn == 0) return;
    for (auto& moved : from.take(turn, all)) adopt(std::move(moved));
    for (const int listener : from.listeners()) accept_from(listener);
  } catch (const std::bad_alloc&) {
    // Nothing was taken yet. They wait for their owner, as they would without us.
  }

  void let_go_of_taken() noexcept {
    while (lent_place* const place = lends->take_returned()) {
      ++counters.given;
      place->who.load(std::memory_order_relaxed)
          ->let_go(place->joint.load(std::memory_order_relaxed));
    }
    if (early_.empty()) return;
    std::swap(early_, due_);
    loop.defer(receptionist_);
  }

  void give_away(double part, unsigned most) noexcept;

  void departed(moved_connection&& moved) noexcept override {
    ++counters.given;
    options.carries->carry(std::move(moved));
  }

  void misread(connection& taken) noexcept override {
    ++counters.misread;
    taken.break_off();
  }

  void retire(connection& closed) noexcept override {
    static_cast<list_node&>(closed).unlink();
    --counters.connections_open;
    if (!closed.has_served()) --counters.unserved;
    retired_.push_back(closed);
    if (!reaper_.linked()) loop.defer(reaper_);
  }

 private:
  class acceptor final : public io::accept_op {
   public:
    acceptor(impl& owner, int listener) noexcept : owner_(owner) { socket = listener; }
    void accepted(io::outcome what) noexcept override { owner_.accepted(what); }

   private:
    impl& owner_;
  };

  class accept_retry_timer final : public io::timer {
   public:
    explicit accept_retry_timer(impl& owner) noexcept : owner_(owner) {}
    void expired() noexcept override { owner_.accept_if_wanted(); }

   private:
    impl& owner_;
  };

  class usher final : public io::timer {
   public:
    explicit usher(impl& owner) noexcept : owner_(owner) {}
    void expired() noexcept override { owner_.send_idle_away(); }

   private:
    impl& owner_;
  };

  class overlooked_timer final : public io::timer {
   public:
    explicit overlooked_timer(impl& owner) noexcept : owner_(owner) {}
    void expired() noexcept override { owner_.accept_overlooked(); }

   private:
    impl& owner_;
  };

  class reaper final : public io::runnable {
   public:
    explicit reaper(impl& owner) noexcept : owner_(owner) {}
    void run() noexcept override { owner_.reap(); }

   private:
    impl& owner_;
  };

  /// Runs in the turn after, when the drivers have told the last of what was let go of.
  class receptionist final : public io::runnable {
   public:
    explicit receptionist(impl& owner) noexcept : owner_(owner) {}
    void run() noexcept override {
      for (auto& moved : owner_.due_) owner_.go_on_with(std::move(moved));
      owner_.due_.clear();
    }

   private:
    impl& owner_;
  };

  void accepted(io::outcome what) noexcept {
    if (what.ok()) {
      admit(what.value);
    } else if (what.error() != ECANCELED) {
      ++counters.accept_failures;
      if (!retry_.pending() && !draining && !leaving) loop.start(retry_, loop.now() + accept_retry);
      return;
    }
    accept_if_wanted();
  }

  /// As many as a turn takes.
  void accept_from(int listener) noexcept {
    for (int left = 16; left > 0; --left) {
      const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      admit(socket);
    }
  }

  /// For lack of memory.
  void abandon(const moved_connection& moved) noexcept {
    if (moved.joint == nullptr && !moved.shared) return loop.io().close(moved.socket);
    break_off(moved);
  }

  void admit(int socket) noexcept {
    auto* fresh = new (std::nothrow) connection(*this, socket);
    if (fresh == nullptr) return loop.io().close(socket);
    ++counters.connections_accepted;
    ++counters.connections_open;
    ++counters.unserved;
    connections.push_back(*fresh);
    if (counters.connections_open > options.max_connections) return fresh->turn_away();
    fresh->open();
    if (draining) fresh->drain();
    if (sends_away() && !usher_.pending()) loop.start(usher_, loop.now() + send_away_every);
  }

  /// At the limit those who come are turned away; so many of them at once that none is accepted.
  void accept_if_wanted() noexcept {
    const auto most = options.max_connections + turned_away_at_once(options.max_connections);
    const bool full = counters.connections_open >= most;
    for (const auto& a : acceptors_) {
      if (full || shuts_out_ || draining || leaving) {
        loop.io().cancel(*a);
      } else if (!a->in_flight()) {
        loop.io().start(*a);
      }
    }
  }

  void reap() noexcept {
    if (retired_.empty()) return;
    while (connection* gone = retired_.pop_front()) delete gone;
    accept_if_wanted();
  }

  std::vector<std::unique_ptr<acceptor>> acceptors_;
  intrusive_list<connection> retired_;
  accept_retry_timer retry_{*this};
  usher usher_{*this};
  overlooked_timer overlooked_{*this};
  monotonic_time looks_until_{};
  reaper reaper_{*this};
  std::vector<moved_connection> early_;  ///< adopted before we could go on with them
  std::vector<moved_connection> due_;    ///< now we can
  receptionist receptionist_{*this};
  bool shuts_out_ = false;  ///< resting, and accepting nobody
};

// The hottest first, as long as they fit: few moves, and none that turns the tables.
void server::impl::give_away(double part, unsigned most) noexcept try {
  std::vector<connection*> hottest;
  hottest.reserve(counters.connections_open);
  double left = 0;
  connections.for_each([&](connection& c) {
    hottest.push_back(&c);
    left += part * c.work_us();
  });
  std::sort(hottest.begin(), hottest.end(),
            [](const connection* a, const connection* b) { return a->work_us() > b->work_us(); });
  for (connection* const one : hottest) {
    const std::uint32_t work_us = one->work_us();
    if (most > 0 && work_us > 0 && work_us <= left && one->depart()) {
      left -= work_us;
      --most;
    } else {
      one->forget_work();
    }
  }
} catch (const std::bad_alloc&) {
  // Another time.
}

server::server(io::loop& loop, const route_table& table, worker& self,
               const server_options& options)
    : impl_(std::make_unique<impl>(loop, table, self, options)) {}
server::~server() = default;

void server::listen(int listener) { impl_->listen(listener); }
void server::share_listeners(bool with_others) noexcept { impl_->share_listeners(with_others); }
void server::take(int socket) noexcept { impl_->take(socket); }
void server::adopt(moved_connection&& moved) noexcept { impl_->adopt(std::move(moved)); }
void server::take_over(lending& from, bool all) noexcept { impl_->take_over(from, all); }
void server::let_go_of_taken() noexcept { impl_->let_go_of_taken(); }
void server::turn_was_long() noexcept { impl_->costs.turn_was_long(); }
void server::give_away(double part, unsigned most) noexcept { impl_->give_away(part, most); }
void server::share(unsigned percent, unsigned head_start) noexcept {
  impl_->trial.begin(percent, head_start);
}
void server::count_also(shm::worker_tally* tally) noexcept { impl_->also_counts = tally; }
void server::announce_stop() noexcept { impl_->stop_announced = true; }
void server::drain() noexcept { impl_->drain(); }
void server::leave() noexcept { impl_->leave(); }
void server::rest(bool whether, bool accepts) noexcept { impl_->rest(whether, accepts); }
bool server::drained() const noexcept { return impl_->drained(); }
const server_counters& server::counters() const noexcept { return impl_->counters; }

}  // namespace shoal::http
