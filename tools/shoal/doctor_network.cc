// Queues that connections wait in, and ports.
#include <algorithm>

#include "cluster/listen/address.h"
#include "doctor_findings.h"
#include "status_text.h"
#include "topology/cpu_list.h"
#include "topology/text.h"

namespace shoal::tool {
namespace {

using topology::parse_number;

std::string show(const port_range& range) {
  return std::to_string(range.first) + "-" + std::to_string(range.last);
}

/// Ports that are asked for by number, of TCP.
std::vector<unsigned> ports_of(const options& wanted) {
  std::vector<unsigned> ports;
  for (const auto& text : wanted.listen) {
    const auto where = cluster::parse_address(text);
    if (where && !where.value().local() && where.value().port() != 0) {
      ports.push_back(where.value().port());
    }
  }
  return ports;
}

void judge_backlog(const case_file& known, findings& out) {
  constexpr std::string_view name = "backlog";
  if (!known.facts.somaxconn) return;
  const auto most = *known.facts.somaxconn;
  const auto wanted = known.wanted.backlog;
  if (most >= wanted) {
    out.push_back({name, verdict::ok,
                   format_count(wanted) + " connections may wait in each accept queue", ""});
    return;
  }
  out.push_back({name, verdict::problem,
                 "net.core.somaxconn cuts the backlog of " + std::to_string(wanted) + " to " +
                     std::to_string(most) + ": of a burst, the rest waits a second and tries again",
                 "sysctl -w net.core.somaxconn=" + std::to_string(wanted)});
}

/// With cookies the kernel goes on when the queue is full. Without, it keeps a quarter of
/// tcp_max_syn_backlog for peers that it knows.
void judge_syn_queue(const case_file& known, findings& out) {
  constexpr std::string_view name = "syn-queue";
  const auto& facts = known.facts;
  if (!facts.syncookies) return;
  if (*facts.syncookies != 0) {
    out.push_back({name, verdict::ok, "SYN cookies take over where the queue is full", ""});
    return;
  }
  const auto most = facts.max_syn_backlog.value_or(0);
  const bool small = most < known.wanted.backlog;
  out.push_back({name, small ? verdict::problem : verdict::advice,
                 "net.ipv4.tcp_syncookies is 0: " + format_count(most) +
                     " half-open connections, which one attacker can make, keep all others out",
                 "sysctl -w net.ipv4.tcp_syncookies=1"});
}

bool is_reserved(const std::string& reserved, unsigned port) {
  for (std::string_view rest = reserved; !rest.empty();) {
    const auto one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const auto dash = one.find('-');
    const auto first = parse_number<unsigned>(one.substr(0, dash));
    const auto last = parse_number<unsigned>(one.substr(dash == one.npos ? 0 : dash + 1));
    if (first && last && *first <= port && port <= *last) return true;
  }
  return false;
}

/// Between a stop and the next start, somebody's outgoing connection may get our port.
void judge_port_clash(const case_file& known, findings& out) {
  constexpr std::string_view name = "listen-port";
  const auto& range = known.facts.outgoing_ports;
  if (!range) return;
  for (const auto port : ports_of(known.wanted)) {
    if (port < range->first || port > range->last) continue;
    if (is_reserved(known.facts.reserved_ports, port)) continue;
    const auto& others = known.facts.reserved_ports;
    out.push_back({name, verdict::advice,
                   "port " + std::to_string(port) +
                       " is one of those that outgoing connections "
                       "get (net.ipv4.ip_local_port_range is " +
                       show(*range) +
                       "): while the server does not run, one may take it, and the start fails",
                   "sysctl -w net.ipv4.ip_local_reserved_ports=" + others +
                       (others.empty() ? "" : ",") + std::to_string(port)});
  }
}

void judge_low_ports(const case_file& known, findings& out) {
  constexpr std::string_view name = "listen-port";
  constexpr std::uint64_t net_bind_service = 1U << 10;
  const auto& facts = known.facts;
  if (!facts.first_free_port || !facts.capabilities) return;
  if ((*facts.capabilities & net_bind_service) != 0) return;
  for (const auto port : ports_of(known.wanted)) {
    if (port >= *facts.first_free_port) continue;
    out.push_back({name, verdict::problem,
                   "port " + std::to_string(port) +
                       " is below net.ipv4.ip_unprivileged_port_start (" +
                       std::to_string(*facts.first_free_port) + "), and this user may not bind it",
                   "setcap cap_net_bind_service+ep PROGRAM "
                   "(AmbientCapabilities=CAP_NET_BIND_SERVICE in a unit)"});
  }
}

/// For handlers that ask other servers: one upstream's address gives each connection a port.
void judge_outgoing(const case_file& known, findings& out) {
  constexpr std::string_view name = "outgoing-ports";
  constexpr unsigned usual = 28'232;  // the kernel's own range, 32768-60999
  const auto& range = known.facts.outgoing_ports;
  if (!range) return;
  const auto count = range->last >= range->first ? range->last - range->first + 1 : 0;
  const auto says = format_count(count) + " connections at a time to one address of an upstream";
  if (count >= usual) {
    out.push_back({name, verdict::ok, says, ""});
  } else {
    out.push_back({name, verdict::advice,
                   says + " (net.ipv4.ip_local_port_range is " + show(*range) + ")",
                   "sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\""});
  }
}

}  // namespace

void judge_network(const case_file& known, findings& out) {
  judge_backlog(known, out);
  judge_syn_queue(known, out);
  judge_port_clash(known, out);
  judge_low_ports(known, out);
  judge_outgoing(known, out);
}

}  // namespace shoal::tool
