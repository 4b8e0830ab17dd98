#include "cluster/draw_up.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.h"
#include "cluster/descriptor_budget.h"
#include "cluster/exit_code.h"
#include "cluster/options/placement_options.h"
#include "cluster/options/server_options.h"
#include "cluster/rights/call_filter.h"
#include "cluster/rights/try_as.h"
#include "cluster/supervisor/fork_process.h"
#include "cluster/supervisor/heritage.h"
#include "cluster/supervisor/service_manager.h"
#include "http/table.h"
#include "topology/cpu_limits.h"
#include "topology/memory_policy.h"
#include "topology/misplaced.h"
#include "topology/numa_balancing.h"
#include "topology/pin.h"

namespace shoal::cluster {
namespace {

/// What ends a start. Thrown and caught in this file alone: seven steps in a row, each of which may
/// refuse, read better in a line than in a staircase.
struct refused {
  refusal what;
};

template <typename T>
T need(result<T> got, int code) {
  if (!got) throw refused{{code, got.error().message}};
  return std::move(got).value();
}

void need(const result<void>& done, int code) {
  if (!done) throw refused{{code, done.error().message}};
}

std::optional<run_as> user_of(const options& o) {
  return need(find_run_as(o.user, o.group), exit_configuration);
}

call_filter calls_of(const options& o) {
  const auto mode = parse_filter_mode(o.seccomp);
  SHOAL_CHECK(mode);  // the option table has read it before
  call_filter calls{.mode = *mode, .more = o.seccomp_allow};
  need(can_filter(calls), exit_driver_refused);
  return calls;
}

lifecycle_options lifecycle_of(const options& o) {
  return {.boot_timeout = o.boot_timeout,
          .drain_timeout = o.drain_timeout,
          .healthy_after = o.healthy_after,
          .delay = o.restart_delay,
          .delay_limit = o.restart_delay_limit,
          .failure_limit = o.restart_limit,
          .failure_period = o.restart_period};
}

/// What node processes will have to do, as whom they will do it.
result<void> attempt_as(const std::optional<run_as>& who,
                        const std::function<result<void>()>& what) {
  return who ? try_as(who, what) : what();
}

template <typename T>
result<void> outcome_of(const result<T>& tried) {
  return tried ? result<void>() : tried.error();
}

/// Who opens it, and so needs the right: stdout is opened before rights are given up.
std::optional<run_as> writer_of(const options& o, const std::optional<run_as>& who) {
  return o.access_log == "-" ? std::nullopt : who;
}

/// Node processes open it for themselves; here it is found out that they can.
std::optional<observe::access_log_options> access_log_of(const options& o,
                                                         const std::optional<run_as>& who) {
  if (o.access_log.empty()) return std::nullopt;
  const auto open = [&] { return outcome_of(observe::log_file::open(o.access_log)); };
  need(attempt_as(writer_of(o, who), open), exit_configuration);
  const auto format = observe::parse_access_format(o.access_log_format);
  const auto query = observe::parse_query_shown(o.access_log_query);
  SHOAL_CHECK(format && query);  // the option table has read them before
  return observe::access_log_options{.path = o.access_log, .format = *format, .query = *query};
}

struct chosen_driver {
  io::driver_kind kind;
  std::string reason;
};

/// A ring may be refused to those who have fewer rights than we: the first of two trials is ours.
io::driver_choice choose_for(const std::optional<run_as>& who, io::driver_kind wanted) {
  auto choice = need(io::choose_driver(wanted), exit_driver_refused);
  if (!who || choice.kind == io::driver_kind::epoll) return choice;
  const auto tried =
      try_as(*who, [] { return outcome_of(io::choose_driver(io::driver_kind::uring)); });
  if (tried) return choice;
  if (wanted == io::driver_kind::uring) need(tried, exit_driver_refused);
  return {io::driver_kind::epoll, tried.error().message};
}

chosen_driver choose(const options& o, const std::optional<run_as>& who) {
  io::driver_kind wanted{};
  SHOAL_CHECK(io::parse_driver_kind(o.driver, wanted));  // the option table has read it before
  const auto choice = choose_for(who, wanted);
  if (wanted != io::driver_kind::automatic) return {choice.kind, "as asked for"};
  if (choice.fallback_reason.empty()) return {choice.kind, "chosen by auto"};
  log_warning(choice.fallback_reason);
  return {choice.kind, "since io_uring cannot be used"};
}

/// The kernel leaves alone what has a policy.
bool may_wander(const options& o, const topology::machine& machine,
                const topology::placement& placement) {
  const auto has_none = [](const topology::node_place& p) {
    return p.memory.policy == topology::memory_policy::local;
  };
  return machine.nodes.size() > 1 && topology::balances_by_itself(o.topology_root) &&
         std::any_of(placement.processes.begin(), placement.processes.end(), has_none);
}

topology::placement place(const options& o, const topology::machine& machine) {
  const auto affinity = need(topology::read_affinity(), exit_internal);
  const auto limits = need(topology::read_limits(o.topology_root, affinity), exit_internal);
  auto placement = need(topology::plan(machine, limits, wish_of(o)), exit_configuration);
  for (const auto& warning : placement.warnings) log_warning(warning);
  if (may_wander(o, machine, placement)) {
    log_warning(
        "kernel.numa_balancing is on and will move the pages of node processes, which have no "
        "memory policy; turn it off (sysctl -w kernel.numa_balancing=0) or take --memory "
        "preferred");
  }
  for (const auto& lack : placement.shortfalls) {
    if (o.strict) throw refused{{exit_configuration, lack + "; strict is on"}};
    log_info(lack);
  }
  return placement;
}

/// What node processes will ask of the kernel, asked before there are any.
result<void> settle_as_planned(const topology::machine& machine,
                               const topology::placement& placement) {
  for (const auto& process : placement.processes) {
    if (auto set = topology::set_memory_policy(machine, process.memory); !set) return set;
    for (const auto& worker : process.workers) {
      auto kept = worker.pinned ? topology::pin_this_thread(worker.core)
                                : topology::confine_this_thread(process.cpus);
      if (!kept) return kept;
    }
  }
  return {};
}

void insist(const options& o, const std::optional<run_as>& who, const topology::machine& machine,
            const topology::placement& placement) {
  if (!o.strict) return;
  const auto done = try_as(who, [&] { return settle_as_planned(machine, placement); });
  if (!done) throw refused{{exit_driver_refused, done.error().message + "; strict is on"}};
}

/// Before and beside the connections.
struct taken_descriptors {
  std::size_t inherited = 0;
  unsigned addresses = 0;
};

unsigned connections(const options& o, const topology::placement& placement,
                     const taken_descriptors& taken) {
  std::size_t workers = 0;
  for (const auto& p : placement.processes) workers = std::max(workers, p.workers.size());
  const descriptor_needs needs = {.processes = static_cast<unsigned>(placement.processes.size()),
                                  .workers = static_cast<unsigned>(workers),
                                  .addresses = taken.addresses,
                                  .inherited = static_cast<unsigned>(taken.inherited),
                                  .max_connections = o.max_connections};
  const auto limit = need(raise_descriptor_limit(), exit_internal);
  const auto each = need(connections_for_each_worker(needs, limit), exit_configuration);
  if (o.max_total_connections == 0) return each;
  return std::min(each, std::max(o.max_total_connections / placement.worker_count(), 1U));
}

dispatch::steering steer(const options& o, unsigned workers) {
  const auto wish = steer_wish_of(o);
  auto made = dispatch::steering::choose(wish, workers);
  if (made) return std::move(made).value();
  throw refused{{exit_driver_refused, "dispatch " + o.dispatch + ": " + made.error().message}};
}

listener_options listening(const options& o, dispatch::steer_kind kind) {
  using dispatch::steer_kind;
  listener_options out{.backlog = o.backlog};
  if (kind == steer_kind::handoff) out.tcp = accepting::handed;
  if (kind == steer_kind::shared) out.tcp = accepting::shared;
  if (kind == steer_kind::shared) out.local = accepting::shared;
  return out;
}

/// Under policy sticky a connection goes where its key says, and nowhere else.
balance_options balance_of(const options& o, const topology::placement& placement) {
  const bool moves = steer_wish_of(o).policy != dispatch::policy_kind::sticky;
  return {.lend_after = moves ? nanoseconds(o.lend_after) : nanoseconds::zero(),
          .stall_warn = o.stall_warn,
          .hang_timeout = o.hang_timeout,
          .rebalance = moves && o.rebalance,
          .rehome = moves && o.rehome && placement.spans_nodes()};
}

/// The number of its process for each worker.
std::vector<unsigned> process_of_each(const topology::placement& placement) {
  std::vector<unsigned> processes;
  for (unsigned p = 0; p < placement.processes.size(); ++p) {
    processes.insert(processes.end(), placement.processes[p].workers.size(), p);
  }
  return processes;
}

/// None for an app that knows no messages: then it costs nothing.
std::optional<post_office> post_of(const http::route_table& table,
                                   const topology::placement& placement) {
  if (table.messages.empty()) return std::nullopt;
  return need(post_office::open(process_of_each(placement), table.messages), exit_internal);
}

std::optional<control_socket> control_of(const options& o, std::string_view program) {
  const auto directories = control_directories(std::getenv("XDG_RUNTIME_DIR"));
  return need(open_control_socket(o.control, program, directories), exit_address);
}

void tell_clipped_backlog(unsigned backlog) {
  const auto limit = read_somaxconn();
  if (limit == 0 || backlog <= limit) return;
  log_warning("the backlog of " + std::to_string(backlog) + " is cut to " + std::to_string(limit) +
              " by net.core.somaxconn; raise that (sysctl -w net.core.somaxconn=" +
              std::to_string(backlog) + ") or lower --backlog");
}

/// What a worker writes and all read lies where it writes. A refusal is told once, by node
/// processes, which ask for the same.
shm::page_placer placer_of(const topology::machine& machine, const topology::placement& placement) {
  std::vector<topology::memory_place> places;
  for (const auto& process : placement.processes) {
    for (const auto& worker : process.workers) {
      places.push_back(topology::memory_of(machine, process, worker));
    }
  }
  return
      [&machine, places = std::move(places)](unsigned worker, std::byte* data, std::size_t bytes) {
        static_cast<void>(topology::place_pages(machine, data, bytes, places[worker]));
      };
}

std::shared_ptr<observe::overview> oversee(const shm::load_segment& segment,
                                           const topology::machine& machine,
                                           const topology::placement& placement,
                                           const shm::page_placer& place) {
  auto slots = need(shm::load_view::open(segment.fd()), exit_internal);
  auto tallies = need(shm::tally_table::create(segment.slot_count(), place), exit_internal);
  auto pages = need(shm::page_table::create(segment.slot_count(), place), exit_internal);
  return std::make_shared<observe::overview>(
      observe::overview{.slots = std::move(slots),
                        .tallies = std::move(tallies),
                        .pages = std::move(pages),
                        .numa_nodes = topology::node_ids(machine),
                        .process_of = process_of_each(placement),
                        .version = SHOAL_VERSION});
}

const http::route_table& freeze(http::routes& routes) {
  std::string conflict;
  const auto* const table = routes.freeze(conflict);
  if (table == nullptr) throw refused{{exit_configuration, conflict}};
  return *table;
}

generation_terms agree(const options& o, const topology::placement& placement,
                       const taken_descriptors& taken) {
  const auto who = user_of(o);
  log_level level{};
  log_format format{};
  // The option table has read both before.
  SHOAL_CHECK(parse_log_level(o.log_level, level) && parse_log_format(o.log_format, format));
  return {.server = server_options_of(o, connections(o, placement, taken)),
          .access_log = access_log_of(o, who),
          .lifecycle = lifecycle_of(o),
          .balance = balance_of(o, placement),
          .pools = {.compute = o.compute_threads, .blocking = o.blocking_threads},
          .recycling = {.requests = o.recycle_requests,
                        .age = o.recycle_age,
                        .resident_bytes = o.recycle_memory},
          .canary = {.share_percent = o.canary_share,
                     .window = o.canary_window,
                     .errors_percent = o.canary_errors,
                     .p99_factor = o.canary_p99},
          .user = who,
          .calls = calls_of(o),
          .log = level,
          .log_as = format,
          .said = o};
}

/// All that an ordinary start has to open, or what was left for it.
struct opened_sockets {
  listeners sockets;
  std::optional<control_socket> control;
  std::string old_control{};        ///< of one that was left for us and is not wanted
  std::vector<std::string> kept{};  ///< by the service manager, already
};

/// Before anything is bound: addresses that are not wanted any more may be in the way.
void drop(const std::vector<given_socket>& surplus) {
  std::vector<std::string> names;
  for (const auto& one : surplus) {
    names.push_back(one.name);
    log_warning("a socket for " + show(one.where) +
                " that the service manager has kept is closed, with whoever waits there: it is "
                "not listened on any more, or by fewer workers");
  }
  const service_manager manager([](const char* name) -> const char* { return std::getenv(name); });
  manager.forget(names);
}

opened_sockets open_sockets(const options& o, std::string_view program, unsigned workers,
                            const listener_options& how, std::vector<given_socket>&& given) {
  auto places = need(allot(o.listen, std::move(given), workers, how.tcp), exit_address);
  drop(std::exchange(places.surplus, {}));
  auto sockets = need(listeners::open(std::move(places.addresses), workers, how), exit_address);
  return {std::move(sockets), control_of(o, program), {}, std::move(places.kept)};
}

opened_sockets adopt_sockets(const options& o, std::string_view program, unsigned workers,
                             const listener_options& how, heritage&& left) {
  auto adopted = listeners::adopt(std::move(left.listeners), o.listen, workers, how);
  if (!adopted) {
    throw refused{{exit_address,
                   "an upgrade keeps addresses, workers and the way in which they "
                   "accept; " +
                       adopted.error().message}};
  }
  auto& old = left.control_socket;
  const bool same = old && (o.control == "auto" || full_path(o.control) == old->path);
  if (!same) {
    return {std::move(adopted).value(), control_of(o, program), old ? old->path : std::string()};
  }
  return {std::move(adopted).value(),
          control_socket{std::move(old->socket), std::nullopt, std::move(old->path)}};
}

duty_roster roster_of(const topology::placement& placement, std::string_view left) {
  std::vector<unsigned> sizes;
  for (const auto& process : placement.processes) {
    sizes.push_back(static_cast<unsigned>(process.workers.size()));
  }
  duty_roster roster(std::move(sizes));
  roster.adopt(left);
  return roster;
}

/// Takes `link` when nothing can go wrong any more.
blueprint draw(const options& o, std::string_view program, http::routes& routes, descriptor& link,
               std::vector<given_socket>&& given) {
  const auto& table = freeze(routes);
  auto inherited = need(open_descriptors(), exit_internal);
  std::erase(inherited, link.get());
  for (const auto& one : given) std::erase(inherited, one.socket.get());
  std::optional<heritage> left;
  if (link.open()) left = need(receive_heritage(link.get()), exit_internal);
  auto driver = choose(o, user_of(o));
  auto machine = need(topology::read_machine(o.topology_root), exit_internal);
  auto placement = place(o, machine);
  insist(o, user_of(o), machine, placement);
  auto post = post_of(table, placement);
  const auto bells = post ? post->descriptors() : 0;
  auto terms = agree(o, placement, {inherited.size() + bells, count_addresses(o.listen, given)});
  tell_clipped_backlog(o.backlog);
  const auto workers = placement.worker_count();
  auto steering = std::make_unique<dispatch::steering>(steer(o, workers));
  const auto how = listening(o, steering->kind());
  auto roster = roster_of(placement, left ? left->roster : "");
  auto generations = left ? std::move(left->generations) : std::vector<unsigned>();
  auto [sockets, control, old_control, kept] =
      left ? adopt_sockets(o, program, workers, how, std::move(*left))
           : open_sockets(o, program, workers, how, std::move(given));
  const auto place_page = placer_of(machine, placement);
  auto segment =
      need(shm::load_segment::create(workers, program, read_clock(), place_page), exit_internal);
  if (control) segment.set_control(control->path);
  auto overview = oversee(segment, machine, placement, place_page);
  std::optional<inheritance> elder;
  if (link.open()) {
    elder = {std::move(link), std::move(generations), std::move(old_control),
             keep_program(::getppid())};
  }
  return {.routes = routes,
          .table = table,
          .machine = std::move(machine),
          .placement = std::move(placement),
          .driver = driver.kind,
          .driver_reason = std::move(driver.reason),
          .terms = std::move(terms),
          .inherited = std::move(inherited),
          .sockets = std::move(sockets),
          .kept = std::move(kept),
          .segment = std::move(segment),
          .post = std::move(post),
          .control = std::move(control),
          .elder = std::move(elder),
          .started = read_launch(),
          .steering = std::move(steering),
          .roster = std::move(roster),
          .overview = std::move(overview)};
}

void rehearse_access_log(const options& o, const std::optional<run_as>& who) {
  if (o.access_log.empty()) return;
  need(attempt_as(writer_of(o, who), [&] { return observe::log_file::check(o.access_log); }),
       exit_configuration);
}

template <typename Step>
void attempt(std::vector<refusal>& all, Step step) {
  try {
    step();
  } catch (const refused& why) {
    all.push_back(why.what);
  }
}

}  // namespace

void check_routes(http::routes& routes, std::vector<refusal>& all) {
  attempt(all, [&] { freeze(routes); });
}

std::vector<refusal> rehearse(const options& o, http::routes& routes) {
  std::vector<refusal> all;
  check_routes(routes, all);
  std::optional<run_as> who;
  attempt(all, [&] { who = user_of(o); });
  attempt(all, [&] { choose(o, who); });
  attempt(all, [&] { rehearse_access_log(o, who); });
  attempt(all, [&] { calls_of(o); });
  attempt(all, [&] {
    const auto inherited = need(open_descriptors(), exit_internal);
    const auto machine = need(topology::read_machine(o.topology_root), exit_internal);
    const auto placement = place(o, machine);
    insist(o, who, machine, placement);
    connections(o, placement, {inherited.size(), count_addresses(o.listen, {})});
    steer(o, placement.worker_count());
  });
  return all;
}

std::optional<refusal> draw_up(const options& o, std::string_view program, http::routes& routes,
                               std::optional<blueprint>& plan, descriptor link,
                               std::vector<given_socket> given) {
  try {
    plan.emplace(draw(o, program, routes, link, std::move(given)));
    return std::nullopt;
  } catch (const refused& why) {
    if (link.open()) send_note(link.get(), note_kind::failed, why.what.text);
    return why.what;
  }
}

std::optional<refusal> agree_anew(const options& o, const blueprint& plan,
                                  std::optional<generation_terms>& terms) {
  try {
    const auto bells = plan.post ? plan.post->descriptors() : 0;
    terms.emplace(agree(o, plan.placement, {plan.inherited.size() + bells, plan.sockets.count()}));
    return std::nullopt;
  } catch (const refused& why) {
    return why.what;
  }
}

}  // namespace shoal::cluster
