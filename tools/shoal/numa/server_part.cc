#include "numa/server_part.h"

#include <cerrno>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/utc_text.h"
#include "bench/child_process.h"
#include "bench/local_host.h"
#include "bench/measure.h"
#include "bench/number_text.h"
#include "bench/progress_line.h"
#include "bench/schedule.h"
#include "numa/arrangements.h"
#include "numa/core_places.h"
#include "topology/pin.h"

namespace shoal::numa {
namespace {

/// A cluster as a contender of bench's: its words, with the port that is chosen for it.
bench::peer peer_of(const arrangement& how, const server_findings& found,
                    const std::string& program) {
  bench::peer who{
      .name = how.name,
      .words = {program, "numa", "serve", "--cores", topology::format_cpu_list(found.cores), "--",
                "--listen", "127.0.0.1:{port}"}};
  who.words.insert(who.words.end(), how.flags.begin(), how.flags.end());
  return who;
}

std::string program_of(const plan& what) {
  return what.program.empty() ? bench::own_program() : what.program;
}

bench::field_of_play field_of(const server_findings& found, const plan& what) {
  bench::field_of_play field{.program = program_of(what), .server_cpus = {found.cores.front()}};
  for (const auto& each : found.arrangements) {
    field.peers.push_back(peer_of(each, found, field.program));
  }
  return field;
}

bench::measuring measuring_of(bench::server_host& host, const server_findings& found,
                              const plan& what) {
  return {.host = &host,
          .program = program_of(what),
          .generator_cpus = {found.generator},
          .window = what.server_window,
          .warm_up = what.server_warm_up};
}

/// Each once: an arrangement that does not serve here is left out, with what it says.
result<void> rehearse(bench::server_host& host, const watch& by, study& into) {
  auto& all = into.server->arrangements;
  for (std::size_t i = 0; i < all.size();) {
    by.tell("server: tries " + all[i].name);
    auto started = host.start(all[i].name, bench::plaintext_bytes, by.stop);
    if (by.stop()) return error{EINTR, "interrupted"};
    if (started) {
      ++i;
      continue;
    }
    if (i == 0) return started.error();
    into.unseen.push_back("Server with " + all[i].name + ": it does not serve here (" +
                          started.error().message + ").");
    all.erase(all.begin() + static_cast<long>(i));
  }
  return {};
}

void choose_arrangements(const plan& what, study& into) {
  auto& found = *into.server;
  std::vector<core_place> server;
  for (const core_place& core : into.cores) {
    if (topology::contains(found.cores, core.id)) server.push_back(core);
  }
  found.arrangements = arrangements_for(server, into.nodes);
  std::string left_out;
  while (found.arrangements.size() > what.most_arrangements) {
    left_out = found.arrangements.back().name + (left_out.empty() ? "" : ", ") + left_out;
    found.arrangements.pop_back();
  }
  if (!left_out.empty()) {
    into.unseen.push_back("Server with " + left_out + ": there was no time; --full has it.");
  }
}

void say_what_is_unseen(study& into) {
  const auto& found = *into.server;
  if (found.cores.size() == 1) {
    into.unseen.push_back(
        "Server on several cores: one was left beside the generator's, so two "
        "workers or processes share it. What a second one costs was measured, "
        "not what it gains.");
  } else if (found.cores.size() + 1 < into.cores.size()) {
    into.unseen.push_back("Server on all cores: " + std::to_string(found.cores.size()) + " of " +
                          std::to_string(into.cores.size()) +
                          " serve, since a generator on one core cannot ask for more.");
  }
  if (into.nodes < 2) {
    into.unseen.push_back(
        "Placement on nodes and policies of memory: with one NUMA node they "
        "change nothing.");
  }
}

result<void> outcome_of(bench::outcome how, const bench::results& measured) {
  if (how == bench::outcome::done) return {};
  return error{how == bench::outcome::interrupted ? EINTR : 0, measured.ended_by};
}

}  // namespace

result<void> measure_server(const plan& what, const watch& by, const std::function<void()>& keep,
                            study& into) {
  const auto cores = split_cores(into.cores);
  if (!cores) {
    into.unseen.push_back("Server: " + cores.error().message + ".");
    return {};
  }
  auto& found = into.server.emplace();
  found.cores = cores.value().server;
  found.generator = cores.value().generator;
  choose_arrangements(what, into);
  say_what_is_unseen(into);
  bench::local_host host(field_of(found, what));
  const auto how = measuring_of(host, found, what);
  if (auto works = rehearse(host, by, into); !works) return works;
  // What we do beside a measurement is done on the generator's core.
  if (auto pinned = topology::pin_this_thread(found.generator); !pinned) return pinned;
  const bench::world around{
      .measure = [&](const std::string& who, const bench::point& p) -> result<bench::measurement> {
        auto seen = bench::observe(who, p.load, how, by.stop);
        if (!seen) return seen.error();
        return std::move(seen).value().measured;
      },
      .now = [] { return static_cast<double>(to_ns(read_clock())) / 1e9; },
      .interrupted = by.stop,
      .tell =
          [&](const bench::progress& p) {
            if (p.now != nullptr) return by.tell("server: " + bench::progress_text(p));
            keep();
          }};
  const auto plan = server_plan(found.arrangements, what);
  found.measured.plan = plan.name;
  found.measured.began = show_utc(utc_milliseconds());
  return outcome_of(bench::run(plan, around, found.measured), found.measured);
}

}  // namespace shoal::numa
