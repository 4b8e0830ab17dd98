#include "cluster/option_table.h"

#include <array>
#include <limits>

#include "base/log.h"
#include "cluster/address.h"
#include "cluster/units.h"
#include "io/open.h"

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

result<void> set_max_body(options& out, std::string_view text) {
  const auto value = parse_bytes(text);
  if (!value) return error{0, "must be a size such as 65536, 64KiB or 1MiB"};
  out.max_body = *value;
  return {};
}

result<void> set_listen(options& out, std::string_view text) {
  std::vector<std::string> addresses;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto one = text.substr(0, comma);
    if (const auto parsed = parse_address(one); !parsed) return parsed.error();
    addresses.emplace_back(one);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  if (addresses.empty()) return error{0, "nothing to listen on; write ADDR:PORT"};
  out.listen = std::move(addresses);
  return {};
}

std::string show_listen(const options& o) {
  std::string all;
  for (const auto& one : o.listen) all.append(all.empty() ? "" : ",").append(one);
  return all;
}

result<void> set_driver(options& out, std::string_view text) {
  io::driver_kind kind{};
  if (!io::parse_driver_kind(text, kind)) return error{0, "must be auto, uring or epoll"};
  out.driver = text;
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

// Named in the help of tomorrow, refused today: better than a silent baseline.
result<void> set_dispatch(options& out, std::string_view text) {
  for (const std::string_view planned : {"auto", "ebpf", "cbpf", "handoff", "shared"}) {
    if (text == planned) return error{0, "is not there yet; what exists: reuseport"};
  }
  if (text != "reuseport") return error{0, "must be reuseport"};
  out.dispatch = text;
  return {};
}

result<void> set_policy(options& out, std::string_view text) {
  for (const std::string_view planned :
       {"round-robin", "random", "p2c", "least-loaded", "sticky", "local"}) {
    if (text == planned) return error{0, "is not there yet; what exists: kernel"};
  }
  if (text != "kernel") return error{0, "must be kernel"};
  out.policy = text;
  return {};
}

template <std::string options::* Member>
std::string show_text(const options& o) {
  return o.*Member;
}

constexpr bool once = false;
constexpr bool repeatable = true;

template <unsigned options::* Member, unsigned Least = 1>
constexpr option_spec count(std::string_view name, std::string_view help) {
  return {name, "N", help, once, show_count<Member>, set_count<Member, Least>};
}

template <unsigned options::* Member>
constexpr option_spec count_or_auto(std::string_view name, std::string_view help) {
  return {name, "N", help, once, show_count_or_auto<Member>, set_count_or_auto<Member>};
}

template <milliseconds options::* Member, int LeastMs = 1>
constexpr option_spec duration(std::string_view name, std::string_view help) {
  return {name, "TIME", help, once, show_time<Member>, set_duration<Member, LeastMs>};
}

template <std::string options::* Member>
constexpr option_spec text(std::string_view name, std::string_view help,
                           result<void> (*set)(options&, std::string_view)) {
  return {name, "NAME", help, once, show_text<Member>, set};
}

constexpr std::array table = {
    option_spec{"listen", "ADDR:PORT", "where to listen; may be repeated; port 0: any free one",
                repeatable, show_listen, set_listen},
    count_or_auto<&options::nodes>("nodes", "node processes; auto: one for each NUMA node"),
    count_or_auto<&options::workers>(
        "workers", "worker threads of each node process; auto: one for each core it may use"),
    text<&options::driver>("driver", "how workers talk to the kernel: auto, uring or epoll",
                           set_driver),
    text<&options::dispatch>("dispatch", "how a connection finds its worker: reuseport",
                             set_dispatch),
    text<&options::policy>("policy", "who chooses that worker: kernel", set_policy),
    text<&options::log_level>("log-level", "debug, info, warning, error or off",
                              set_log_level_name),
    count_or_auto<&options::max_connections>(
        "max-connections", "open connections of each worker; auto: as descriptors allow"),
    count<&options::backlog>("backlog", "connections that may wait in each accept queue"),
    option_spec{"max-body", "SIZE", "largest request body; beyond: 413", once,
                [](const options& o) { return show_bytes(o.max_body); }, set_max_body},
    duration<&options::header_timeout>("header-timeout", "for a whole request head; then 408"),
    duration<&options::body_timeout>("body-timeout", "between two reads of a body; then 408"),
    duration<&options::keep_alive_timeout>("keep-alive-timeout", "between two requests"),
    duration<&options::send_timeout>("send-timeout", "for an answer that nobody takes"),
    duration<&options::boot_timeout>("boot-timeout", "from fork to ready; then killed"),
    duration<&options::drain_timeout, 0>("drain-timeout",
                                         "from the stop signal to the last answer; then killed"),
    duration<&options::healthy_after, 0>("healthy-after",
                                         "ready for so long, a process that crashes is replaced "
                                         "at once; sooner it waits"),
    duration<&options::restart_delay>("restart-delay",
                                      "wait after a failed boot or an early crash; doubles"),
    duration<&options::restart_delay_limit>("restart-delay-limit", "and not beyond this"),
    count<&options::restart_limit, 0>("restart-limit",
                                      "more failed boots than this in one period end the cluster"),
    duration<&options::restart_period>("restart-period", "that period"),
};

}  // namespace

std::span<const option_spec> option_table() noexcept { return table; }

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
  return {};
}

}  // namespace shoal::cluster
