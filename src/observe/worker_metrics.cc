#include "observe/worker_metrics.h"

namespace shoal::observe {
namespace {

using shm::slot_view;
using shm::total;
using shm::worker_state;

constexpr std::array states = {worker_state::empty,    worker_state::booting, worker_state::ready,
                               worker_state::draining, worker_state::stopped, worker_state::crashed,
                               worker_state::resting};

double seconds(nanoseconds time) noexcept { return static_cast<double>(time.count()) / 1e9; }
double seconds(std::uint64_t ns) noexcept { return static_cast<double>(ns) / 1e9; }

std::uint64_t flag(bool set) noexcept { return set ? 1 : 0; }

/// What a worker is like now.
struct gauge {
  std::string_view name;
  std::string_view help;
  metric_value (*look)(const slot_view&);
};

constexpr gauge gauges[] = {
    {"shoal_worker_uptime_seconds", "Time since the worker's boot.",
     [](const slot_view& s) -> metric_value { return seconds(s.uptime); }},
    {"shoal_connections_open", "Connections that are open.",
     [](const slot_view& s) -> metric_value { return s.connections_open; }},
    {"shoal_connections_unserved", "Open connections whose first request has not begun.",
     [](const slot_view& s) -> metric_value { return s.unserved; }},
    {"shoal_requests_in_flight", "Requests whose answer has not been handed over.",
     [](const slot_view& s) -> metric_value { return s.requests_in_flight; }},
    {"shoal_jobs", "Stretches of handlers that run on other threads or wait for one.",
     [](const slot_view& s) -> metric_value { return s.jobs_queued; }},
    {"shoal_predicted_work_seconds", "What it will take to do what is in the worker's hands.",
     [](const slot_view& s) -> metric_value {
       return static_cast<double>(s.predicted_work_us) / 1e6;
     }},
    {"shoal_loop_busy_ratio", "Share of the last window spent in turns or on the core: 0 to 1.",
     [](const slot_view& s) -> metric_value { return s.busy_share; }},
    {"shoal_loop_lag_mean_seconds", "How long an event waited for the loop in the last window.",
     [](const slot_view& s) -> metric_value { return seconds(s.lag_mean); }},
    {"shoal_loop_lag_max_seconds", "The longest turn of the last window or under way.",
     [](const slot_view& s) -> metric_value { return seconds(s.lag_max); }},
    {"shoal_loop_turn_age_seconds", "How long the turn under way has lasted; 0: none is.",
     [](const slot_view& s) -> metric_value { return seconds(s.turn_age); }},
};

/// What it has done since the cluster began.
struct counter {
  std::string_view name;
  std::string_view help;
  total what;
  bool is_time = false;  ///< kept in nanoseconds
};

constexpr counter counters[] = {
    {"shoal_connections_accepted_total", "Connections that were accepted.", total::accepted},
    {"shoal_connections_turned_away_total", "Connections above the limit, which were told 503.",
     total::turned_away},
    {"shoal_accept_failures_total", "Connections that the kernel did not give us, as for EMFILE.",
     total::accept_failures},
    {"shoal_connections_adopted_total", "Connections that came from other workers.",
     total::adopted},
    {"shoal_connections_given_total", "Connections that went to other workers.", total::given},
    {"shoal_connections_rehomed_total", "Connections sent to the NUMA node of their packets.",
     total::rehomed},
    {"shoal_connections_misread_total", "Connections that ended since two workers read them.",
     total::misread},
    {"shoal_requests_shed_total", "Requests that would have waited beyond their deadline: 503.",
     total::shed},
    {"shoal_messages_unreadable_total", "Messages that could not be decoded.",
     total::messages_unreadable},
    {"shoal_loop_turns_total", "Turns of the worker's loop.", total::turns},
    {"shoal_loop_stalls_total", "Turns that lasted for stall_warn or longer.", total::stalls},
    {"shoal_loop_busy_seconds_total", "Time inside turns.", total::busy_ns, true},
    {"shoal_loop_run_delay_seconds_total",
     "Time that workers were ready and their core ran others.", total::run_delay_ns, true},
};

void tell_states(exposition& to, std::span<const seen_worker> workers) {
  to.family("shoal_worker_state", metric_kind::gauge, "1 for the state that the worker is in.");
  for (const auto& w : workers) {
    if (w.slot.suspect) continue;
    for (const auto state : states) {
      to.sample(w.labels(), {"state", shm::name_of(state)}, flag(w.slot.state == state));
    }
  }
  to.family("shoal_worker_damaged", metric_kind::gauge,
            "1 if what the worker says cannot be true; then it is left out.");
  for (const auto& w : workers) to.sample(w.labels(), flag(w.slot.suspect || w.tally.suspect));
}

void tell_identities(exposition& to, std::span<const seen_worker> workers) {
  to.family("shoal_worker_info", metric_kind::gauge, "Who the worker is; always 1.");
  for (const auto& w : workers) {
    const auto& s = w.slot;
    if (s.suspect || s.state == worker_state::empty) continue;
    const auto numa_node = std::to_string(s.node);
    const auto cpu = s.cpu == shm::not_pinned ? "any" : std::to_string(s.cpu);
    const auto pid = std::to_string(s.pid);
    const metric_label all[] = {{"worker", w.worker},
                                {"node", w.node},
                                {"numa_node", numa_node},
                                {"cpu", cpu},
                                {"driver", shm::name_of(s.driver)},
                                {"pid", pid}};
    to.sample(all, flag(true));
  }
}

void tell_gauges(exposition& to, std::span<const seen_worker> workers) {
  for (const auto& [name, help, look] : gauges) {
    to.family(name, metric_kind::gauge, help);
    for (const auto& w : workers) {
      if (!w.slot.suspect) to.sample(w.labels(), look(w.slot));
    }
  }
}

void tell_answers(exposition& to, std::span<const seen_worker> workers) {
  struct by_code {
    std::string_view code;
    total what;
  };
  constexpr by_code codes[] = {{"2xx", total::answers_2xx},
                               {"3xx", total::answers_3xx},
                               {"4xx", total::answers_4xx},
                               {"5xx", total::answers_5xx}};
  to.family("shoal_requests_total", metric_kind::counter, "Answers, by status.");
  for (const auto& w : workers) {
    if (w.tally.suspect) continue;
    for (const auto& [code, what] : codes) to.sample(w.labels(), {"code", code}, w.tally.of(what));
  }
}

void tell_counters(exposition& to, std::span<const seen_worker> workers) {
  for (const auto& [name, help, what, is_time] : counters) {
    to.family(name, metric_kind::counter, help);
    for (const auto& w : workers) {
      if (w.tally.suspect) continue;
      const std::uint64_t count = w.tally.of(what);
      to.sample(w.labels(), is_time ? metric_value(seconds(count)) : metric_value(count));
    }
  }
}

void tell_latency(exposition& to, std::span<const seen_worker> workers) {
  std::array<double, shm::latency_bounds.size()> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] = seconds(shm::latency_bounds[i]);
  to.family("shoal_request_duration_seconds", metric_kind::histogram,
            "From a request's head to its answer's.");
  for (const auto& w : workers) {
    if (w.tally.suspect) continue;
    to.histogram(w.labels(), bounds, w.tally.latency, seconds(w.tally.latency_sum_ns));
  }
}

}  // namespace

void tell_workers(exposition& to, std::span<const seen_worker> workers) {
  tell_states(to, workers);
  tell_identities(to, workers);
  tell_gauges(to, workers);
  tell_answers(to, workers);
  tell_counters(to, workers);
  tell_latency(to, workers);
}

}  // namespace shoal::observe
