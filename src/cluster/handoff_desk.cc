#include "cluster/handoff_desk.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cluster/channel.h"
#include "dispatch/address_key.h"
#include "dispatch/consider.h"

namespace shoal::cluster {
namespace {

using dispatch::nobody;

/// Accepted in one go.
constexpr unsigned most_at_once = 64;

/// What a connection on its way counts for, as in the eBPF program.
constexpr std::uint64_t way_us = 100;

/// For so long a process without a free descriptor gets nothing.
constexpr std::chrono::milliseconds refusal(100);

/// A process that has not answered for so long is not given more while there are others: somebody
/// has stopped it, or its main thread gets no core.
constexpr std::chrono::milliseconds silence(20);

/// Any turn.
constexpr nanoseconds patient = std::chrono::hours(24);

}  // namespace

handoff_desk::handoff_desk(const blueprint& plan)
    : plan_(plan),
      lines_(plan.processes()),
      ledger_(plan.placement.worker_count()),
      seen_(plan.placement.worker_count()),
      random_(draw_seed()) {
  for (unsigned p = 0; p < plan.processes(); ++p) {
    lines_[p].first_worker = plan.first_worker_of(p);
    lines_[p].workers = plan.workers_of(p);
  }
}

handoff_desk::wait handoff_desk::serve(int listener, monotonic_time now) {
  for (unsigned n = 0; n < most_at_once; ++n) {
    if (const auto first = hand_on(now); first != wait::client) return first;
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    descriptor socket(::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        return wait::time;
      }
      if (errno == ECONNABORTED || errno == EINTR) continue;
      return wait::client;
    }
    const auto arrival = arrival_of(socket.get(), from);
    waiting_.push_back({std::move(socket), arrival});
  }
  return hand_on(now);
}

// Nobody new is accepted before all of these have gone, so there is never more than one besides
// those that came back.
handoff_desk::wait handoff_desk::hand_on(monotonic_time now) {
  while (!waiting_.empty()) {
    if (!give(waiting_.front(), now)) return full(now);
    waiting_.pop_front();
  }
  // With nobody to take it a client is better off in the kernel's queue.
  for (const auto& line : lines_) {
    if (takes(line, now)) return wait::client;
  }
  return full(now);
}

bool handoff_desk::give(client& one, monotonic_time now) {
  // Each failure shuts a line, so this ends.
  while (true) {
    const auto worker = choose(one, now);
    if (worker == nobody) return false;
    if (pass(one, worker, now)) return true;
  }
}

bool handoff_desk::pass(client& one, unsigned worker, monotonic_time now) {
  auto& line = line_of(worker);
  if (!send_connection(line.channel, worker - line.first_worker, one.socket.get())) {
    line.refuses_until = now + retry_after;
    return false;
  }
  one.worker = worker;
  one.sent = now;
  ledger_.gave(worker);
  auto& entry = plan_.steering->board().entries()[worker];
  entry.given.fetch_add(1, std::memory_order_relaxed);
  entry.given_at_ns.store(to_ns(now), std::memory_order_relaxed);
  line.on_way.push_back(std::move(one));
  return true;
}

unsigned handoff_desk::choose(const client& one, monotonic_time now) {
  // Where TCP is left to the kernel's hash, for sockets at paths nobody but us can choose.
  auto policy = plan_.steering->policy();
  if (policy == dispatch::policy_kind::kernel) policy = dispatch::policy_kind::automatic;
  // Whoever sticks to a worker waits for it; else better a worker that is busy than none, and
  // better a process that has fallen silent than none. One that is full is some: it answers at
  // once.
  const bool sticks = policy == dispatch::policy_kind::sticky;
  for (const auto& [stall, silent_too] :
       {std::pair(dispatch::steer_stall, false), {patient, false}, {patient, true}}) {
    if (silent_too && room_comes(now)) return nobody;
    look(now, sticks ? patient : stall, silent_too);
    const auto best = dispatch::choose(policy, seen_, one.arrival);
    if (best != nobody) return best;
  }
  return nobody;
}

void handoff_desk::look(monotonic_time now, nanoseconds stall, bool silent_too) {
  for (const auto& line : lines_) {
    const bool open = takes(line, now) && (!is_silent(line, now) || silent_too);
    for (unsigned w = line.first_worker; w < line.first_worker + line.workers; ++w) {
      // Not as of `now`, when this burst began: who has answered since would seem to lie.
      const auto view = shm::read_slot(plan_.segment.slot(w));
      ledger_.saw(w, view.connections_accepted);
      seen_[w] = ledger_.amend(dispatch::consider(view, stall), w, way_us);
      seen_[w].eligible = seen_[w].eligible && open;
      seen_[w].work_us += static_cast<std::uint64_t>(view.turn_age.count()) / 1000;
    }
  }
}

bool handoff_desk::is_silent(const desk_line& line, monotonic_time now) noexcept {
  return !line.on_way.empty() && now - line.on_way.front().sent > silence;
}

/// A process that has as many as are allowed, and answers.
bool handoff_desk::room_comes(monotonic_time now) const noexcept {
  return std::any_of(lines_.begin(), lines_.end(), [now](const desk_line& line) {
    return line.channel >= 0 && line.on_way.size() >= most_on_way && !is_silent(line, now);
  });
}

bool handoff_desk::takes(const desk_line& line, monotonic_time now) const noexcept {
  return line.channel >= 0 && line.on_way.size() < most_on_way && line.refuses_until <= now;
}

handoff_desk::wait handoff_desk::full(monotonic_time now) const noexcept {
  bool answers_to_come = false;
  bool opens = false;
  for (const auto& line : lines_) {
    if (line.channel >= 0 && line.refuses_until > now) return wait::time;
    answers_to_come = answers_to_come || line.on_way.size() >= most_on_way;
    opens = opens || line.channel >= 0;
  }
  // A process is there and has room, but no worker of it says that it is ready: that does not come
  // by a note.
  return answers_to_come || !opens ? wait::room : wait::time;
}

handoff_desk::desk_line& handoff_desk::line_of(unsigned worker) noexcept {
  auto* line = &lines_.front();
  while (worker >= line->first_worker + line->workers) ++line;
  return *line;
}

dispatch::arrival handoff_desk::arrival_of(int socket, const sockaddr_storage& from) {
  dispatch::arrival a;
  a.seed =
      plan_.steering->policy() == dispatch::policy_kind::round_robin ? turn_++ : random_.next();
  a.key = dispatch::address_key(from);
  if (a.key == 0) a.key = random_.next();  // one for all would be one worker for all
  int cpu = -1;
  socklen_t size = sizeof cpu;
  if (::getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &size) != 0 || cpu < 0) return a;
  a.cpu = static_cast<std::uint32_t>(cpu);
  for (const auto& core : plan_.machine.cores) {
    if (core.id == a.cpu) a.node = core.node;
  }
  return a;
}

void handoff_desk::opened(unsigned process, int channel) { lines_[process].channel = channel; }

void handoff_desk::closed(unsigned process) {
  auto& line = lines_[process];
  line.channel = -1;
  line.refuses_until = {};
  for (auto& one : line.on_way) waiting_.push_back(std::move(one));
  line.on_way.clear();
  for (unsigned w = 0; w < line.workers; ++w) ledger_.forget(line.first_worker + w);
}

void handoff_desk::answered(unsigned process, std::string_view marks, monotonic_time now) {
  auto& line = lines_[process];
  for (const char mark : marks) {
    if (line.on_way.empty()) return;  // it has been closed meanwhile
    auto one = std::move(line.on_way.front());
    line.on_way.pop_front();
    if (mark == taken_mark) continue;
    line.refuses_until = now + refusal;
    ledger_.returned(one.worker);
    waiting_.push_back(std::move(one));
  }
}

}  // namespace shoal::cluster
