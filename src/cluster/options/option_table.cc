#include "cluster/options/option_table.h"

#include <array>
#include <limits>

#include "base/log.h"
#include "cluster/control/control_place.h"
#include "cluster/listen/given_sockets.h"
#include "cluster/options/placement_options.h"
#include "cluster/options/server_options.h"
#include "cluster/options/units.h"
#include "cluster/rights/call_filter.h"
#include "dispatch/steer_kind.h"
#include "http/parser.h"
#include "http/sticky_key.h"
#include "io/open.h"
#include "observe/access_format.h"

namespace shoal::cluster {
namespace {

using std::chrono::milliseconds;

template <unsigned options::* Member, unsigned Least = 1>
result<void> set_count(options& out, std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number < Least || *number > std::numeric_limits<int>::max()) {
    return error{0, "must be a number, " + std::to_string(Least) + " or more"};
  }
  out.*Member = static_cast<unsigned>(*number);
  return {};
}

result<void> set_max_fields(options& out, std::string_view text) {
  options scratch;
  if (!set_count<&options::max_fields>(scratch, text) || scratch.max_fields > http::max_fields) {
    return error{0, "must be a number from 1 to " + std::to_string(http::max_fields)};
  }
  out.max_fields = scratch.max_fields;
  return {};
}

template <unsigned options::* Member, unsigned Least = 0>
result<void> set_up_to_100(options& out, std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number < Least || *number > 100) {
    return error{0, "must be a number from " + std::to_string(Least) + " to 100"};
  }
  out.*Member = static_cast<unsigned>(*number);
  return {};
}

template <unsigned options::* Member>
std::string show_count(const options& o) {
  return std::to_string(o.*Member);
}

// Zero stands for "auto", which is why the text "0" is refused: it would surprise.
template <unsigned options::* Member>
result<void> set_count_or_auto(options& out, std::string_view text) {
  if (text != "auto") {
    if (!set_count<Member>(out, text)) {
      return error{0, "must be a number, 1 or more, or auto"};
    }
    return {};
  }
  out.*Member = 0;
  return {};
}

template <unsigned options::* Member>
std::string show_count_or_auto(const options& o) {
  return o.*Member == 0 ? "auto" : std::to_string(o.*Member);
}

template <milliseconds options::* Member, int LeastMs = 1>
result<void> set_duration(options& out, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value || value->count() < LeastMs) {
    return error{0, "must be a duration such as 250ms, 30s or 5m"};
  }
  out.*Member = *value;
  return {};
}

template <milliseconds options::* Member>
std::string show_time(const options& o) {
  return o.*Member < milliseconds(0) ? "negative" : show_duration(o.*Member);
}

template <unsigned options::* Member, unsigned Least, unsigned Most>
result<void> set_size(options& out, std::string_view text) {
  const auto value = parse_bytes(text);
  if (!value || *value < Least || *value > Most) {
    return error{0, "must be a size from " + show_bytes(Least) + " to " + show_bytes(Most)};
  }
  out.*Member = static_cast<unsigned>(*value);
  return {};
}

template <unsigned options::* Member>
std::string show_size(const options& o) {
  return show_bytes(o.*Member);
}

template <std::uint64_t options::* Member>
result<void> set_bytes(options& out, std::string_view text) {
  const auto value = parse_bytes(text);
  if (!value) return error{0, "must be a size such as 65536, 64KiB or 1MiB"};
  out.*Member = *value;
  return {};
}

template <std::uint64_t options::* Member>
std::string show_any_bytes(const options& o) {
  return show_bytes(o.*Member);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto comma = text.find(',');
    all.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return all;
}

template <std::vector<std::string> options::* Member>
std::string show_list(const options& o) {
  std::string all;
  for (const auto& one : o.*Member) all.append(all.empty() ? "" : ",").append(one);
  return all;
}

result<void> set_listen(options& out, std::string_view text) {
  auto addresses = split(text);
  for (const auto& one : addresses) {
    if (const auto can = check_listen_wish(one); !can) return can.error();
  }
  if (addresses.empty()) return error{0, "nothing to listen on; write ADDR:PORT"};
  out.listen = std::move(addresses);
  return {};
}

result<void> set_driver(options& out, std::string_view text) {
  io::driver_kind kind{};
  if (!io::parse_driver_kind(text, kind)) return error{0, "must be auto, uring or epoll"};
  out.driver = text;
  return {};
}

result<void> set_topology_root(options& out, std::string_view text) {
  if (text.empty()) return error{0, "must be a directory"};
  out.topology_root = text;
  return {};
}

result<void> set_log_level_name(options& out, std::string_view text) {
  log_level level{};
  if (!parse_log_level(text, level)) {
    return error{0, "must be debug, info, warning, error or off"};
  }
  out.log_level = text;
  return {};
}

result<void> set_log_format_name(options& out, std::string_view text) {
  log_format format{};
  if (!parse_log_format(text, format)) return error{0, "must be text or json"};
  out.log_format = text;
  return {};
}

result<void> set_access_log(options& out, std::string_view text) {
  out.access_log = text;
  return {};
}

result<void> set_access_log_format(options& out, std::string_view text) {
  if (!observe::parse_access_format(text)) return error{0, "must be common, combined or json"};
  out.access_log_format = text;
  return {};
}

result<void> set_access_log_query(options& out, std::string_view text) {
  if (!observe::parse_query_shown(text)) return error{0, "must be names or values"};
  out.access_log_query = text;
  return {};
}

result<void> set_dispatch(options& out, std::string_view text) {
  if (text != "auto" && !dispatch::parse_steer_kind(text)) {
    return error{0, "must be auto, ebpf, cbpf, handoff, reuseport or shared"};
  }
  out.dispatch = text;
  return {};
}

result<void> set_policy(options& out, std::string_view text) {
  if (!dispatch::parse_policy(text)) {
    return error{0, "must be " + std::string(dispatch::policy_names())};
  }
  out.policy = text;
  return {};
}

result<void> set_sticky(options& out, std::string_view text) {
  if (!http::parse_sticky_source(text)) {
    return error{0, "must be address, forwarded, header:NAME or cookie:NAME"};
  }
  out.sticky = text;
  return {};
}

result<void> set_unit(options& out, std::string_view text) {
  if (!topology::parse_unit(text)) {
    return error{0, "must be numa, llc, package, core-group:N (N cores, 1 or more) or none"};
  }
  out.unit = text;
  return {};
}

result<void> set_placement(options& out, std::string_view text) {
  if (!topology::parse_arrangement(text)) {
    return error{0, "must be local, spread, pack, remote or interleave"};
  }
  out.placement = text;
  return {};
}

result<void> set_memory(options& out, std::string_view text) {
  if (text != "auto" && !topology::parse_memory_policy(text)) {
    return error{0, "must be auto, bind, preferred, interleave, weighted or default"};
  }
  out.memory = text;
  return {};
}

result<void> set_threads_per_core(options& out, std::string_view text) {
  if (text != "all" && text != "1" && text != "2") return error{0, "must be 1, 2 or all"};
  out.threads_per_core = text == "all" ? 0 : text == "1" ? 1 : 2;
  return {};
}

std::string show_threads_per_core(const options& o) {
  return o.threads_per_core == 0 ? "all" : std::to_string(o.threads_per_core);
}

template <bool options::* Member>
result<void> set_switch(options& out, std::string_view text) {
  if (text != "on" && text != "off") return error{0, "must be on or off"};
  out.*Member = text == "on";
  return {};
}

template <bool options::* Member>
std::string show_switch(const options& o) {
  return o.*Member ? "on" : "off";
}

template <std::string options::* Member>
std::string show_text(const options& o) {
  return o.*Member;
}

result<void> set_user(options& out, std::string_view text) {
  out.user = text;
  return {};
}

result<void> set_group(options& out, std::string_view text) {
  out.group = text;
  return {};
}

result<void> set_seccomp(options& out, std::string_view text) {
  if (!parse_filter_mode(text)) return error{0, "must be off, log or kill"};
  out.seccomp = text;
  return {};
}

result<void> set_seccomp_allow(options& out, std::string_view text) {
  auto calls = split(text);
  for (const auto& one : calls) {
    if (!is_system_call(one)) {
      return error{0, "\"" + one + "\" is no system call; write its name (execve) or its number"};
    }
  }
  out.seccomp_allow = std::move(calls);
  return {};
}

result<void> set_control(options& out, std::string_view text) {
  if (const auto can = check_control_wish(text); !can) return can.error();
  out.control = text;
  return {};
}

using enum option_effect;

template <unsigned options::* Member, unsigned Least = 1>
constexpr option_spec count(std::string_view name, option_effect effect, std::string_view help) {
  return {name, value_kind::number, effect, help, show_count<Member>, set_count<Member, Least>};
}

template <unsigned options::* Member>
constexpr option_spec count_or_auto(std::string_view name, option_effect effect,
                                    std::string_view help) {
  return {name, value_kind::number,         effect,
          help, show_count_or_auto<Member>, set_count_or_auto<Member>};
}

template <unsigned options::* Member, unsigned Least, unsigned Most>
constexpr option_spec size(std::string_view name, option_effect effect, std::string_view help) {
  return {name, value_kind::size, effect, help, show_size<Member>, set_size<Member, Least, Most>};
}

template <std::uint64_t options::* Member>
constexpr option_spec bytes(std::string_view name, option_effect effect, std::string_view help) {
  return {name, value_kind::size, effect, help, show_any_bytes<Member>, set_bytes<Member>};
}

template <milliseconds options::* Member, int LeastMs = 1>
constexpr option_spec duration(std::string_view name, option_effect effect, std::string_view help) {
  return {name, value_kind::time, effect, help, show_time<Member>, set_duration<Member, LeastMs>};
}

template <std::string options::* Member>
constexpr option_spec text(std::string_view name, option_effect effect, std::string_view help,
                           result<void> (*set)(options&, std::string_view)) {
  return {name, value_kind::name, effect, help, show_text<Member>, set};
}

constexpr std::array table = {
    option_spec{
        "listen", value_kind::addresses, at_start,
        "where to listen, unix:PATH, or fd:NAME of a .socket unit; may be repeated; port 0: "
        "any free one",
        show_list<&options::listen>, set_listen},
    count_or_auto<&options::nodes>("nodes", at_start, "node processes; auto: one for each unit"),
    count_or_auto<&options::workers>(
        "workers", at_start,
        "worker threads of each node process; auto: one for each core it may use"),
    text<&options::unit>("unit", at_start,
                         "what one node process stands for: numa, llc (a last-level cache), "
                         "package, core-group:N (N cores of one node) or none (all cores)",
                         set_unit),
    text<&options::placement>("placement", at_start,
                              "of workers and memory on units: local, spread, pack, interleave, or "
                              "remote (bad on purpose, for study)",
                              set_placement),
    text<&options::memory>("memory", at_start,
                           "policy of each node process: auto (what the placement is about), bind, "
                           "preferred, interleave, weighted or default (the kernel's)",
                           set_memory),
    option_spec{"threads-per-core", value_kind::number, at_start,
                "of each physical core, that workers may have: 1, 2 or all", show_threads_per_core,
                set_threads_per_core},
    option_spec{"strict", value_kind::on_off, at_start,
                "units, pinning or memory that cannot be had as asked end the start; off: a line "
                "says so",
                show_switch<&options::strict>, set_switch<&options::strict>},
    option_spec{"topology-root", value_kind::path, at_start,
                "where /sys and /proc describe the machine", show_text<&options::topology_root>,
                set_topology_root},
    text<&options::driver>("driver", at_start,
                           "how workers talk to the kernel: auto, uring or epoll", set_driver),
    text<&options::dispatch>("dispatch", at_start,
                             "how a connection finds its worker: auto, ebpf, cbpf, handoff, "
                             "reuseport or shared",
                             set_dispatch),
    text<&options::policy>("policy", at_start,
                           "which worker: auto, round-robin, random, p2c, least-loaded, "
                           "least-connections, sticky, local or kernel",
                           set_policy),
    text<&options::sticky>("sticky", at_start,
                           "the key of policy sticky: address, forwarded (X-Forwarded-For), "
                           "header:NAME or cookie:NAME",
                           set_sticky),
    count_or_auto<&options::compute_threads>(
        "compute-threads", in_new_processes,
        "of each node process, for handlers that compute; auto: one for each core of its workers"),
    count<&options::blocking_threads>("blocking-threads", in_new_processes,
                                      "of each node process, at most, for calls that sleep"),
    duration<&options::offload_after, 0>(
        "offload-after", in_new_processes,
        "a route that holds its worker longer runs on those threads; 0: never"),
    duration<&options::lend_after, 0>(
        "lend-after", in_new_processes,
        "in one turn, before neighbours serve a worker's connections; 0: never"),
    option_spec{"rebalance", value_kind::on_off, in_new_processes,
                "move connections to workers with less to do", show_switch<&options::rebalance>,
                set_switch<&options::rebalance>},
    option_spec{"rehome", value_kind::on_off, in_new_processes,
                "move connections to the NUMA node where their packets arrive",
                show_switch<&options::rehome>, set_switch<&options::rehome>},
    duration<&options::stall_warn>("stall-warn", in_new_processes,
                                   "a turn that lasts longer is logged"),
    duration<&options::hang_timeout>("hang-timeout", in_new_processes,
                                     "a turn that lasts longer ends its process"),
    text<&options::log_level>("log-level", in_new_processes, "debug, info, warning, error or off",
                              set_log_level_name),
    text<&options::log_format>("log-format", in_new_processes,
                               "of the log on stderr: text, or json", set_log_format_name),
    option_spec{"access-log", value_kind::path, in_new_processes,
                "a line for each answer; -: stdout; USR1 opens it again",
                show_text<&options::access_log>, set_access_log},
    text<&options::access_log_format>("access-log-format", in_new_processes,
                                      "common, combined or json", set_access_log_format),
    text<&options::access_log_query>("access-log-query", in_new_processes,
                                     "what it shows of queries: names, or values too",
                                     set_access_log_query),
    text<&options::user>("user", in_new_processes,
                         "whom node processes become before they see a request; the supervisor "
                         "stays root",
                         set_user),
    text<&options::group>("group", in_new_processes,
                          "their only group; if not given, all that the user is in", set_group),
    text<&options::seccomp>("seccomp", in_new_processes,
                            "node processes that make a call which is not on the list of "
                            "docs/security.md: off, log (in the kernel's log) or kill",
                            set_seccomp),
    option_spec{"seccomp-allow", value_kind::names, in_new_processes,
                "system calls that handlers need besides; may be repeated",
                show_list<&options::seccomp_allow>, set_seccomp_allow},
    option_spec{"control", value_kind::path, at_start,
                "socket for `shoal reload` and the like: a path, auto (in /run/shoal or "
                "$XDG_RUNTIME_DIR/shoal) or none",
                show_text<&options::control>, set_control},
    count_or_auto<&options::max_connections>(
        "max-connections", in_new_processes,
        "open connections of each worker; auto: as descriptors allow"),
    count<&options::max_total_connections, 0>(
        "max-total-connections", in_new_processes,
        "of all workers, each its share; 0: no further limit"),
    count<&options::backlog>("backlog", at_start, "connections that may wait in each accept queue"),
    size<&options::max_request_line, 64, 65'000>("max-request-line", in_new_processes,
                                                 "longest request line; beyond: 414"),
    size<&options::max_head, 256, 65'535>("max-head", in_new_processes,
                                          "longest request head; beyond: 431"),
    option_spec{"max-fields", value_kind::number, in_new_processes,
                "most header fields; beyond: 431", show_count<&options::max_fields>,
                set_max_fields},
    bytes<&options::max_body>("max-body", in_new_processes, "largest request body; beyond: 413"),
    size<&options::max_discard, 0, 1U << 30>("max-discard", in_new_processes,
                                             "of a body that nobody reads, to keep the connection"),
    size<&options::max_unsent, 1024, 1U << 30>(
        "max-unsent", in_new_processes,
        "answers that wait for a client; then no more are made for it"),
    count<&options::max_requests, 0>("max-requests", in_new_processes,
                                     "on one connection; 0: any number"),
    duration<&options::header_timeout>("header-timeout", in_new_processes,
                                       "for a whole request head; then 408"),
    duration<&options::body_timeout>("body-timeout", in_new_processes,
                                     "between two reads of a body; then 408"),
    duration<&options::request_timeout>("request-timeout", in_new_processes,
                                        "for a whole body; then 408"),
    size<&options::min_rate, 0, 1U << 30>(
        "min-rate", in_new_processes, "bytes a second that a client must send and take; 0: any"),
    duration<&options::rate_grace>("rate-grace", in_new_processes,
                                   "before a body must keep to the least rate"),
    duration<&options::keep_alive_timeout>("keep-alive-timeout", in_new_processes,
                                           "between two requests"),
    duration<&options::send_timeout>("send-timeout", in_new_processes,
                                     "for an answer that nobody takes"),
    duration<&options::half_close_timeout>("half-close-timeout", in_new_processes,
                                           "for a handler whose client has ended its side"),
    duration<&options::handler_timeout, 0>("handler-timeout", in_new_processes,
                                           "for a handler that waits; then 503; 0: any time"),
    duration<&options::max_connection_age>("max-connection-age", in_new_processes,
                                           "older ones end with their next answer"),
    duration<&options::boot_timeout>("boot-timeout", at_once, "from fork to ready; then killed"),
    duration<&options::drain_delay, 0>(
        "drain-delay", at_once,
        "from the stop signal to draining; meanwhile /readyz says no, "
        "so that load balancers look elsewhere"),
    duration<&options::close_spread, 0>("close-spread", in_new_processes,
                                        "draining ends connections over so long, not all at once"),
    duration<&options::drain_timeout, 0>(
        "drain-timeout", in_new_processes,
        "from the begin of draining to the last answer; then killed"),
    count<&options::recycle_requests, 0>(
        "recycle-requests", in_new_processes,
        "served, a node process is replaced; a tenth more or less; 0: never"),
    duration<&options::recycle_age, 0>("recycle-age", in_new_processes,
                                       "old, it is replaced; a tenth more or less; 0: never"),
    bytes<&options::recycle_memory>("recycle-memory", in_new_processes,
                                    "resident, it is replaced; 0: never"),
    option_spec{"canary-share", value_kind::number, at_once,
                "percent of connections on which a reload tries its new processes; 0: none",
                show_count<&options::canary_share>, set_up_to_100<&options::canary_share>},
    duration<&options::canary_window>("canary-window", at_once, "for so long"),
    option_spec{"canary-errors", value_kind::number, at_once,
                "percent of their answers that may fail, beyond what fails of the old ones",
                show_count<&options::canary_errors>, set_up_to_100<&options::canary_errors>},
    option_spec{"canary-p99", value_kind::number, at_once,
                "their p99 may be so many times that of the old ones",
                show_count<&options::canary_p99>, set_up_to_100<&options::canary_p99, 1>},
    duration<&options::healthy_after, 0>("healthy-after", at_once,
                                         "ready for so long, a process that crashes is replaced "
                                         "at once; sooner it waits"),
    duration<&options::restart_delay>("restart-delay", at_once,
                                      "wait after a failed boot or an early crash; doubles"),
    duration<&options::restart_delay_limit>("restart-delay-limit", at_once, "and not beyond this"),
    count<&options::restart_limit, 0>("restart-limit", at_once,
                                      "more failed boots than this in one period end the cluster"),
    duration<&options::restart_period>("restart-period", at_once, "that period"),
};

}  // namespace

std::span<const option_spec> option_table() noexcept { return table; }

std::optional<std::size_t> find_option(std::string_view name) noexcept {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) return i;
  }
  return std::nullopt;
}

std::string_view name_of(value_kind kind) noexcept {
  constexpr std::string_view names[] = {"N",    "SIZE",   "TIME",      "NAME",
                                        "PATH", "on|off", "ADDR:PORT", "NAMES"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(option_effect effect) noexcept {
  constexpr std::string_view names[] = {"at once", "new processes", "new start"};
  return names[static_cast<std::size_t>(effect)];
}

std::string environment_name(std::string_view option_name) {
  std::string name = "SHOAL_";
  for (const char c : option_name) {
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

result<void> check_options(const options& given) {
  options scratch;
  for (const auto& spec : table) {
    const auto value = spec.show(given);
    if (const auto set = spec.set(scratch, value); !set) {
      return error{
          0, "option " + std::string(spec.name) + " \"" + value + "\": " + set.error().message};
    }
  }
  return check_together(given);
}

result<void> check_together(const options& given) {
  const auto wish = steer_wish_of(given);
  if (given.sticky != "address" && wish.policy != dispatch::policy_kind::sticky) {
    return error{0, "sticky " + given.sticky + " is a key of policy sticky: add --policy sticky"};
  }
  constexpr std::chrono::seconds rest{1};  // that a connection may have beyond its moment
  if (given.close_spread.count() != 0 && given.close_spread + rest >= given.drain_timeout) {
    return error{0, "close-spread must be a second shorter than drain-timeout, which ends all"};
  }
  if (given.user.empty() && !given.group.empty()) {
    return error{0, "group " + given.group + " is that of a user: add --user"};
  }
  if (const auto fits = topology::check(wish_of(given)); !fits) return fits;
  return dispatch::check(wish);
}

}  // namespace shoal::cluster
