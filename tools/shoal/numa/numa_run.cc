#include "numa/numa_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/utc_text.h"
#include "bench/bench_run.h"
#include "bench/interrupts.h"
#include "bench/machine_facts.h"
#include "bench/process_facts.h"
#include "numa/core_places.h"
#include "numa/handoff_part.h"
#include "numa/memory_part.h"
#include "numa/report.h"
#include "numa/server_part.h"
#include "numa/study_json.h"
#include "topo_svg.h"
#include "topology/machine.h"

namespace shoal::numa {
namespace {

double seconds_now() { return static_cast<double>(to_ns(read_clock())) / 1e9; }

/// Of this process and of those that have ended and been waited for.
double own_cpu_seconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(who, &used);
    for (const timeval& t : {used.ru_utime, used.ru_stime}) {
      sum += static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    }
  }
  return sum;
}

/// How much of the machine others use, from its making on.
class others_watch final {
 public:
  [[nodiscard]] double share() const {
    const auto now = bench::read_machine_time();
    const double all = now.all - then_.all;
    const double others = now.busy - then_.busy - (own_cpu_seconds() - own_);
    return all > 0 ? std::max(others / all, 0.0) : 0;
  }

 private:
  bench::machine_time then_ = bench::read_machine_time();
  double own_ = own_cpu_seconds();
};

/// A line that is written over, on a terminal; nothing else is one.
class teller final {
 public:
  ~teller() {
    if (shows_) std::fputs("\r\033[K", stderr);
  }
  void tell(const std::string& text) const {
    if (shows_) std::fprintf(stderr, "\r%s\033[K", text.c_str());
  }

 private:
  bool shows_ = ::isatty(STDERR_FILENO) == 1;
};

/// "" where nothing can be planned.
std::string draw_machine() {
  const auto view = tool::view_tree("/", {});
  return view ? tool::to_svg(view.value()) : "";
}

unsigned nodes_with_memory(const topology::machine& machine) {
  const auto count = std::count_if(machine.nodes.begin(), machine.nodes.end(),
                                   [](const auto& node) { return node.memory_bytes > 0; });
  return static_cast<unsigned>(std::max<long>(count, 1));
}

class conduct final {
 public:
  conduct(const numa_run& run, const topology::machine& machine)
      : run_(run), machine_(machine), json_(run.directory + "/results.json") {
    study& all = end_.found;
    all.plan = run.what.name;
    all.began = show_utc(utc_milliseconds());
    all.machine = bench::machine_facts();
    for (auto& each : bench::build_facts()) all.machine.push_back(std::move(each));
    all.drawing = draw_machine();
    all.nodes = nodes_with_memory(machine);
    all.cores = read_core_places(machine, run.cores);
    mark_unfinished();
  }

  numa_end carry_out() {
    const watch by{&bench::interrupts::came, [this](const std::string& text) { line_.tell(text); }};
    const plan& what = run_.what;
    study& all = end_.found;
    if (what.memory) take_part([&] { return measure_memory(machine_, what, by, all); });
    if (what.handoff) take_part([&] { return measure_handoff(what, by, all); });
    if (what.server) {
      take_part([&] { return measure_server(what, by, [this] { keep(); }, all); });
    }
    finish();
    return std::move(end_);
  }

 private:
  template <typename Part>
  void take_part(Part measure) {
    if (failed_) return;
    const auto done = measure();
    if (!done) failed_ = done.error();
    keep();
  }

  void keep() {
    end_.found.seconds = seconds_now() - began_;
    end_.found.others = others_.share();
    // A disk that is full now may not be so at the end, when it is said.
    static_cast<void>(write_study(end_.found, json_));
  }

  /// As long as nothing else is said.
  void mark_unfinished() {
    end_.found.complete = false;
    end_.found.ended_by = "it was killed";
  }

  void finish() {
    study& all = end_.found;
    all.seconds = seconds_now() - began_;
    all.others = others_.share();
    all.complete = !failed_;
    all.ended_by = failed_ ? failed_->message : "";
    end_.how = judge();
    end_.wrong = wrong_answers();
    auto written = write_study(all, json_);
    if (written) written = write_report(all, run_.directory + "/report.html");
    if (!written) end_.unwritten = written.error().message;
  }

  [[nodiscard]] ending judge() const {
    if (failed_ && failed_->code == EINTR) return ending::interrupted;
    const study& all = end_.found;
    const bool some = (all.memory && !all.memory->latency.empty()) ||
                      (all.handoff && !all.handoff->pairs.empty()) ||
                      (all.server && !all.server->measured.points.empty());
    if (!some) return ending::nothing;
    return failed_ ? ending::ended_early : ending::done;
  }

  [[nodiscard]] std::uint64_t wrong_answers() const {
    std::uint64_t sum = 0;
    if (!end_.found.server) return sum;
    for (const bench::point& p : end_.found.server->measured.points) {
      for (const bench::measured_pair& pair : p.pairs) sum += pair.a.errors + pair.b.errors;
    }
    return sum;
  }

  const numa_run& run_;
  const topology::machine& machine_;
  const std::string json_;
  const double began_ = seconds_now();
  const others_watch others_;
  const bench::interrupts kept_;
  teller line_;
  numa_end end_;
  std::optional<error> failed_;
};

}  // namespace

result<numa_end> carry_out(const numa_run& run) {
  const auto machine = topology::read_machine();
  if (!machine) return machine.error();
  if (read_core_places(machine.value(), run.cores).empty()) {
    return error{0, "none of the cores " + topology::format_cpu_list(run.cores) + " is online"};
  }
  if (auto made = bench::make_results_directory(run.directory); !made) return made.error();
  return conduct(run, machine.value()).carry_out();
}

}  // namespace shoal::numa
