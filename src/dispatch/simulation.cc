#include "dispatch/simulation.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "dispatch/ledger.h"
#include "dispatch/simulation_store.h"

namespace shoal::dispatch {
namespace {

struct request {
  double arrived = 0;
  double service = 0;
  unsigned kind = 0;
  bool counts = false;
  index next = none;
};

struct connection {
  fifo pending;          ///< requests that no worker has in service
  unsigned owner = 0;    ///< a queue's number
  unsigned out = 0;      ///< requests without an answer
  unsigned left = 0;     ///< requests until it closes
  index slot = none;     ///< in slots_, if it is kept
  bool closing = false;  ///< no further request will arrive on it
  bool held = false;     ///< in a worker's hand or in service: nobody else may touch it
  bool waiting = false;  ///< in its owner's queue
  index next = none;
};

struct worker {
  fifo in_hand;
  index serving = none;  ///< a connection
  bool guest = false;    ///< it is another worker's
  request current;
  double ends = 0;  ///< the service of `current`
  double turn_began = 0;
  std::uint64_t turn = 0;
  double busy = 0;
  double average = 0;       ///< of service times, moving
  std::uint64_t given = 0;  ///< connections
};

/// What waits for one worker or, in the central queue, for all.
struct queue {
  fifo ready;              ///< connections with a request and in nobody's hand
  double backlog = 0;      ///< service time of what waits there or is in its worker's hand
  unsigned in_system = 0;  ///< requests that wait or are served there
  unsigned connections = 0;
};

enum class happening { arrival, served, turn_is_long, report };

struct event {
  double at;
  std::uint64_t order;  ///< of what happens at one time, the first scheduled first
  happening what;
  unsigned worker;
  std::uint64_t turn;

  bool operator>(const event& e) const noexcept {
    return at > e.at || (at == e.at && order > e.order);
  }
};

double quantile(std::vector<double>& sorted, double q) {
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

latencies summarise(std::vector<double>& ms) {
  if (ms.empty()) return {};
  std::sort(ms.begin(), ms.end());
  return {ms.size(), quantile(ms, 0.5), quantile(ms, 0.99), quantile(ms, 0.999)};
}

class virtual_cluster final {
 public:
  virtual_cluster(const simulation_setup& setup, std::optional<policy_kind> kind)
      : setup_(setup),
        kind_(kind),
        arrivals_(setup.seed),
        choices_(random_source(setup.seed ^ 0x5eed).next()),
        workers_(setup.workers),
        queues_(kind ? setup.workers : 1),
        idle_(setup.workers),
        long_turns_(setup.workers),
        slots_(setup.connections, none),
        idle_slots_(setup.connections),
        reports_(setup.workers),
        ledger_(setup.workers) {
    for (unsigned w = 0; w < setup.workers; ++w) idle_.insert(w);
    for (index s = 0; s < setup.connections; ++s) idle_slots_.insert(s);
    for (worker& w : workers_) w.average = setup.mix.mean_ms();
  }

  simulation_result run() {
    if (kind_ && setup_.report_age_ms > 0) schedule(0, happening::report);
    schedule(0, happening::arrival);
    while (!events_.empty()) {
      const event e = events_.top();
      events_.pop();
      now_ = e.at;
      happen(e);
    }
    return sum_up();
  }

 private:
  void schedule(double in, happening what, unsigned worker = 0, std::uint64_t turn = 0) {
    events_.push({now_ + in, scheduled_++, what, worker, turn});
  }

  void happen(const event& e) {
    switch (e.what) {
      case happening::arrival:
        return arrive();
      case happening::served:
        return served(e.worker);
      case happening::turn_is_long:
        if (workers_[e.worker].turn != e.turn) return;
        long_turns_.insert(e.worker);
        return call_takers();
      case happening::report:
        if (arrived_ < setup_.requests) schedule(setup_.report_age_ms, happening::report);
        return report();
    }
  }

  // Arrivals.

  void arrive() {
    for (unsigned i = 0; i < setup_.burst && arrived_ < setup_.requests; ++i) arrive_one();
    if (arrived_ == setup_.requests) return;
    schedule(draw_exponential(arrivals_, setup_.burst / setup_.requests_per_ms),
             happening::arrival);
  }

  void arrive_one() {
    const service_mix::drawn drawn = setup_.mix.draw(arrivals_);
    const std::uint64_t place = arrivals_.next();
    const index c = connection_for(place);
    const index r = requests_.take();
    requests_[r] = {.arrived = now_,
                    .service = drawn.ms,
                    .kind = drawn.kind,
                    .counts = ++arrived_ > setup_.requests / 20};
    connections_[c].pending.push(requests_, r);
    ++connections_[c].out;
    if (connections_[c].slot != none) idle_slots_.erase(connections_[c].slot);
    queue& q = queues_[connections_[c].owner];
    ++q.in_system;
    q.backlog += drawn.ms;
    offer(c);
  }

  /// An open connection or a new one. `place` is random.
  index connection_for(std::uint64_t place) {
    if (setup_.connections == 0) return open(place, 1);
    const index at = slot_for(place);
    index& slot = slots_[at];
    if (slot == none) slot = open(place, setup_.requests_per_connection);
    const index c = slot;
    connections_[c].slot = at;
    if (setup_.requests_per_connection != 0 && --connections_[c].left == 0) {
      connections_[c].closing = true;
      connections_[c].slot = none;
      slot = none;
      idle_slots_.insert(at);
    }
    return c;
  }

  index slot_for(std::uint64_t place) {
    if (setup_.client == choice::turns) return static_cast<index>(arrived_ % slots_.size());
    const index first = slot_at(place);
    if (setup_.client == choice::own || idle_slots_.members().empty()) return first;
    random_source again(place);
    constexpr int tries = 8;  // by their share of the load; then any
    index at = first;
    for (int i = 1; i < tries && !idle_slots_.contains(at); ++i) at = slot_at(again.next());
    if (idle_slots_.contains(at)) return at;
    return idle_slots_.members()[again.below(idle_slots_.members().size())];
  }

  /// The hot ones come first, and each has so many times the others' weight.
  index slot_at(std::uint64_t place) const {
    const double n = setup_.connections;
    const double hot = std::round(setup_.hot_share * n);
    const double x =
        static_cast<double>(place >> 11) * 0x1p-53 * (hot * setup_.hot_factor + (n - hot));
    const double slot =
        x < hot * setup_.hot_factor ? x / setup_.hot_factor : hot + (x - hot * setup_.hot_factor);
    return static_cast<index>(std::min<double>(slot, n - 1));
  }

  index open(std::uint64_t key, unsigned requests) {
    const unsigned owner = kind_ ? decide(key) : 0;
    const index c = connections_.take();
    connections_[c].owner = owner;
    connections_[c].left = requests;
    connections_[c].closing = setup_.connections == 0;
    ++queues_[owner].connections;
    return c;
  }

  void close(index c) {
    --queues_[connections_[c].owner].connections;
    connections_.give_back(c);
  }

  // Choosing.

  unsigned decide(std::uint64_t key) {
    seen_.resize(workers_.size());
    for (unsigned w = 0; w < workers_.size(); ++w) {
      seen_[w] = setup_.report_age_ms > 0 ? reports_[w] : look(w);
      if (setup_.count_given)
        seen_[w] = ledger_.amend(seen_[w], w, in_us(2 * setup_.mix.mean_ms()));
    }
    const std::uint64_t seed = *kind_ == policy_kind::round_robin ? decided_ : choices_.next();
    ++decided_;
    const arrival a{.key = key,
                    .node = 0,
                    .cpu = static_cast<std::uint32_t>(choices_.below(workers_.size())),
                    .seed = seed};
    unsigned chosen = choose(*kind_, seen_, a);
    if (chosen == nobody) {
      for (candidate& c : seen_) c.eligible = true;
      chosen = choose(*kind_, seen_, a);
    }
    ledger_.gave(chosen);
    ++workers_[chosen].given;
    if (setup_.report_age_ms <= 0) ledger_.saw(chosen, workers_[chosen].given);
    return chosen;
  }

  candidate look(unsigned w) const {
    const worker& k = workers_[w];
    const bool stalls =
        setup_.stall_ms > 0 && k.serving != none && now_ - k.turn_began >= setup_.stall_ms;
    return {.eligible = !stalls,
            .node = 0,
            .cpu = w,
            .work_us = in_us(predicted_ms(w)),
            .connections = queues_[w].connections};
  }

  double predicted_ms(unsigned w) const {
    const queue& q = queues_[w];
    const worker& k = workers_[w];
    const double in_service = k.serving == none ? 0 : k.ends - now_;
    switch (setup_.what_is_said) {
      case forecast::count:
        return (q.in_system + q.connections) * setup_.mix.mean_ms();
      case forecast::average:
        return (q.in_system + q.connections) * k.average;
      case forecast::oracle:
        return q.backlog + in_service;
    }
    return 0;
  }

  static std::uint64_t in_us(double ms) { return static_cast<std::uint64_t>(ms * 1000); }

  void report() {
    for (unsigned w = 0; w < workers_.size(); ++w) {
      reports_[w] = look(w);
      ledger_.saw(w, workers_[w].given);
    }
  }

  // Serving.

  /// A connection that may have become ready for somebody.
  void offer(index c) {
    connection& k = connections_[c];
    if (k.held || k.waiting || k.pending.empty()) return;
    k.waiting = true;
    queues_[k.owner].ready.push(connections_, c);
    if (!kind_) {
      if (!idle_.members().empty()) begin_turn(idle_.members().back());
    } else if (idle_.contains(k.owner)) {
      begin_turn(k.owner);
    } else if (long_turns_.contains(k.owner)) {
      call_takers();
    }
  }

  unsigned queue_of(unsigned w) const noexcept { return kind_ ? w : 0; }

  void begin_turn(unsigned w) {
    idle_.erase(w);
    worker& k = workers_[w];
    queue& q = queues_[queue_of(w)];
    const unsigned batch = kind_ ? setup_.batch : 1;
    double lasts = 0;
    for (unsigned n = 0; !q.ready.empty() && (batch == 0 || n < batch); ++n) {
      lasts += take_in_hand(w, q);
    }
    if (k.in_hand.empty()) {
      const index helped = who_needs_help();
      if (helped == none) return idle_.insert(w);
      lasts = take_over(w, helped);
    }
    if (kind_ && setup_.moves != takeover::off && lasts > setup_.lend_after_ms) {
      schedule(setup_.lend_after_ms, happening::turn_is_long, w, k.turn);
    }
    k.turn_began = now_;
    serve_next(w);
  }

  /// The first that waits in `q`; how long its request will take.
  double take_in_hand(unsigned w, queue& q) {
    const index c = q.ready.pop(connections_);
    connections_[c].waiting = false;
    connections_[c].held = true;
    workers_[w].in_hand.push(connections_, c);
    return head_of(c).service;
  }

  request& head_of(index c) { return requests_[connections_[c].pending.head()]; }

  void serve_next(unsigned w) {
    worker& k = workers_[w];
    k.serving = k.in_hand.pop(connections_);
    const index r = connections_[k.serving].pending.pop(requests_);
    k.current = requests_[r];
    requests_.give_back(r);
    queues_[queue_of(w)].backlog -= k.current.service;
    const double takes = k.current.service + (k.guest ? setup_.move_cost_ms : 0);
    k.busy += takes;
    k.ends = now_ + takes;
    schedule(takes, happening::served, w);
  }

  void served(unsigned w) {
    worker& k = workers_[w];
    record(k.current);
    k.average += (k.current.service - k.average) / setup_.memory;
    k.guest = false;
    --queues_[queue_of(w)].in_system;
    const bool turn_ends = k.in_hand.empty();
    if (turn_ends) {
      ++k.turn;
      long_turns_.erase(w);
    }
    release(std::exchange(k.serving, none));
    if (turn_ends) {
      begin_turn(w);
    } else {
      serve_next(w);
    }
  }

  void release(index c) {
    connections_[c].held = false;
    if (--connections_[c].out == 0 && connections_[c].slot != none) {
      idle_slots_.insert(connections_[c].slot);
    }
    if (!connections_[c].pending.empty()) return offer(c);
    if (connections_[c].closing) close(c);
  }

  void record(const request& r) {
    if (!r.counts) return;
    latencies_.push_back(now_ - r.arrived);
    if (r.kind == setup_.mix.light()) light_latencies_.push_back(now_ - r.arrived);
  }

  // Taking over.

  void call_takers() {
    while (!idle_.members().empty() && who_needs_help() != none) {
      begin_turn(idle_.members().back());
    }
  }

  /// Of the workers with a long turn the one whose first waiting request is the oldest.
  index who_needs_help() {
    index oldest = none;
    double since = 0;
    for (const index w : long_turns_.members()) {
      if (queues_[w].ready.empty()) continue;
      const double arrived = head_of(queues_[w].ready.head()).arrived;
      if (oldest != none && arrived >= since) continue;
      oldest = w;
      since = arrived;
    }
    return oldest;
  }

  /// One connection from `helped` into the hand of `w`; how long its request will take.
  double take_over(unsigned w, unsigned helped) {
    const double service = take_in_hand(w, queues_[helped]);
    const index c = workers_[w].in_hand.head();
    workers_[w].guest = true;
    ++taken_over_;
    if (setup_.moves == takeover::lend) {
      hand_on(helped, w, service);
      return service;
    }
    connections_[c].owner = w;
    --queues_[helped].connections;
    ++queues_[w].connections;
    connections_[c].pending.for_each(requests_,
                                     [&](const request& r) { hand_on(helped, w, r.service); });
    return service;
  }

  void hand_on(unsigned from, unsigned to, double service) {
    --queues_[from].in_system;
    ++queues_[to].in_system;
    queues_[from].backlog -= service;
    queues_[to].backlog += service;
  }

  simulation_result sum_up() {
    simulation_result r;
    r.all = summarise(latencies_);
    r.light = summarise(light_latencies_);
    double sum = 0;
    double most = 0;
    for (const worker& w : workers_) {
      sum += w.busy;
      most = std::max(most, w.busy);
    }
    r.spread = most * static_cast<double>(workers_.size()) / sum;
    r.taken_over = static_cast<double>(taken_over_) / static_cast<double>(setup_.requests);
    return r;
  }

  const simulation_setup& setup_;
  const std::optional<policy_kind> kind_;
  double now_ = 0;
  random_source arrivals_;  ///< the same draws for every policy
  random_source choices_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  std::uint64_t scheduled_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t decided_ = 0;
  std::uint64_t taken_over_ = 0;

  pool<request> requests_;
  pool<connection> connections_;
  std::vector<worker> workers_;
  std::vector<queue> queues_;
  index_set idle_;
  index_set long_turns_;      ///< workers whose waiting connections others may take
  std::vector<index> slots_;  ///< the open connections of those that are kept
  index_set idle_slots_;

  std::vector<candidate> reports_;
  std::vector<candidate> seen_;
  ledger ledger_;
  std::vector<double> latencies_;
  std::vector<double> light_latencies_;
};

}  // namespace

simulation_result simulate(const simulation_setup& setup, std::optional<policy_kind> kind) {
  return virtual_cluster(setup, kind).run();
}

}  // namespace shoal::dispatch
