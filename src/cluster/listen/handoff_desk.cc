#include "cluster/listen/handoff_desk.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cluster/channel.h"
#include "cluster/listen/incoming_cpu.h"
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
/// has stopped it, or its main thread gets no core. Whoever sticks to a worker is patient.
constexpr std::chrono::milliseconds silence(20);
constexpr std::chrono::milliseconds sticky_silence(250);

/// Any turn.
constexpr nanoseconds patient = std::chrono::hours(24);

}  // namespace

handoff_desk::handoff_desk(const blueprint& plan)
    : plan_(plan),
      ledger_(plan.placement.worker_count()),
      seen_(plan.placement.worker_count()),
      random_(draw_seed()) {}

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
    auto& one = waiting_.emplace_back();
    one.socket = std::move(socket);
    one.arrival = arrival;
  }
  return hand_on(now);
}

void handoff_desk::came(pid_t process, note&& what) {
  auto moved = read_moved(what.text);
  auto* const line = line_of(process);
  if (line == nullptr) return;
  if (!moved || !what.socket) {  // nobody can go on with it
    ++line->owed;
    return pay(*line);
  }
  auto& one = waiting_.emplace_back();
  one.socket = std::move(what.socket);
  sockaddr_storage from{};  // no key at all if it is gone
  socklen_t size = sizeof from;
  ::getpeername(one.socket.get(), reinterpret_cast<sockaddr*>(&from), &size);
  one.arrival = arrival_of(one.socket.get(), from);
  if (moved->about.key != 0) one.arrival.key = moved->about.key;
  if (moved->about.node != http::no_node) {
    one.arrival.node = moved->about.node;
    one.arrival.cpu = dispatch::nowhere;  // the last packet may have been no more than an answer's
  }
  one.from = process;
  one.for_trial = what.kind == note_kind::tried;
  if (one.for_trial || (line->left && moved->about.key == 0)) one.successor_of = line->number;
  one.moved = std::move(moved);
}

// Nobody new is accepted before all of these have gone, so there is never more than one besides
// those that came back or were sent. One that waits for its worker's process holds up no other.
handoff_desk::wait handoff_desk::hand_on(monotonic_time now) {
  for (auto left = waiting_.size(); left > 0; --left) {
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    if (!give(one, now)) waiting_.push_back(std::move(one));
  }
  if (!waiting_.empty()) return full(now);
  // With nobody to take it a client is better off in the kernel's queue.
  for (const auto& line : lines_) {
    if (line.serves_all() && takes(line, now)) return wait::client;
  }
  return full(now);
}

bool handoff_desk::give(client& one, monotonic_time now) {
  // Each failure shuts a line, so this ends.
  while (true) {
    const auto to = choose(one, now);
    if (to.line == nullptr) return false;
    if (pass(one, to, now)) return true;
  }
}

bool handoff_desk::pass(client& one, goal to, monotonic_time now) {
  auto& line = *to.line;
  const unsigned worker = to.worker;
  if (!send(line, one, worker - line.first_worker)) {
    if (errno == EAGAIN && !line.on_way.empty()) {
      line.clogged = true;
    } else {
      line.refuses_until = now + retry_after;
    }
    return false;
  }
  if (!line.heir && !line.tried) count(one, worker, now);
  one.worker = worker;
  one.sent = now;
  line.on_way.push_back(std::move(one));
  return true;
}

void handoff_desk::count(const client& one, unsigned worker, monotonic_time now) noexcept {
  ledger_.gave(worker);
  if (one.is_new()) {
    auto& entry = plan_.steering->board().entries()[worker];
    entry.given.fetch_add(1, std::memory_order_relaxed);
    entry.given_at_ns.store(to_ns(now), std::memory_order_relaxed);
  }
}

bool handoff_desk::send(desk_line& line, client& one, unsigned index) const noexcept {
  const int socket = one.socket.get();
  if (line.heir) return send_moved(line.channel, one.moved.value_or(moved_note{}), socket);
  if (!one.moved || (one.is_new() && !stopping_)) {
    return send_connection(line.channel, index, socket);
  }
  one.moved->about.worker = index;
  one.moved->about.comes_back = stopping_ || (one.for_trial && !line.tried);
  return send_moved(line.channel, *one.moved, socket);
}

handoff_desk::goal handoff_desk::choose(const client& one, monotonic_time now) {
  if (auto* const next = heir()) return takes(*next, now) ? goal{next, 0} : goal{};
  if (stopping_ && one.moved) return way_back(one, now);
  if (const auto trial = trial_of(one, now); trial.line != nullptr) return trial;
  // Where TCP is left to the kernel's hash, for sockets at paths nobody but us can choose.
  auto policy = plan_.steering->policy();
  if (policy == dispatch::policy_kind::kernel) policy = dispatch::policy_kind::automatic;
  if (one.moved && one.moved->about.node != http::no_node) policy = dispatch::policy_kind::local;
  // Whoever sticks to a worker waits for it; else better a worker that is busy than none, and
  // better a process that has fallen silent than none. One that is full is some: it answers at
  // once.
  const bool sticks = policy == dispatch::policy_kind::sticky;
  for (const auto& [stall, silent_too] :
       {std::pair(dispatch::steer_stall, false), {patient, false}, {patient, true}}) {
    if (silent_too && room_comes(now)) return {};
    look(one, now, sticks ? patient : stall, sticks, silent_too);
    const auto best = dispatch::choose(policy, seen_, one.arrival);
    if (best == nobody) continue;
    auto& line = line_to(best);
    return line.is_full() ? goal{} : goal{&line, best};
  }
  return {};
}

/// Who is on trial has no slots, so nobody knows how busy its workers are: each in turn, and those
/// of one key together. What it cannot take goes where it came from.
handoff_desk::goal handoff_desk::trial_of(const client& one, monotonic_time now) noexcept {
  if (!one.for_trial) return {};
  for (auto& line : lines_) {
    if (!line.tried || line.left || line.number != one.successor_of) continue;
    if (!takes(line, now) || is_silent(line, now)) return {};
    const auto turn = one.moved->about.key != 0 ? one.moved->about.key : trials_turn_++;
    return {&line, line.first_worker + static_cast<unsigned>(turn % line.workers)};
  }
  return {};
}

handoff_desk::goal handoff_desk::way_back(const client& one, monotonic_time now) noexcept {
  for (auto& line : lines_) {
    if (fits(one, line) && takes(line, now)) return {&line, line.first_worker};
  }
  return {};
}

/// Its process stays for it; if that has died or is another supervisor's, whoever is still there.
bool handoff_desk::fits(const client& one, const desk_line& line) noexcept {
  if (line.workers == 0) return false;
  const auto* const from = line_of(one.from);
  return from == nullptr || from->workers == 0 || from == &line;
}

// What a process sends that was left goes to its successor, where its memory is near, or to others
// while there is none.
void handoff_desk::look(const client& one, monotonic_time now, nanoseconds stall, bool full_too,
                        bool silent_too) {
  for (auto& worker : seen_) worker.eligible = false;
  const bool kept = one.successor_of != nowhere && has_successor(one.successor_of) &&
                    !plan_.roster.all_rest(one.successor_of);
  for (const auto& line : lines_) {
    if (!line.serves_all() || (kept && line.number != one.successor_of)) continue;
    const bool awake = silent_too || !is_silent(line, now);
    const bool open = awake && is_open(line, now) && (full_too || !line.is_full());
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

bool handoff_desk::has_successor(unsigned number) const noexcept {
  return std::any_of(lines_.begin(), lines_.end(), [number](const desk_line& line) {
    return line.serves_all() && line.number == number;
  });
}

bool handoff_desk::is_silent(const desk_line& line, monotonic_time now) const noexcept {
  const bool sticks = plan_.steering->policy() == dispatch::policy_kind::sticky;
  return !line.on_way.empty() &&
         now - line.on_way.front().sent > (sticks ? sticky_silence : silence);
}

/// A process that has as many as are allowed, and answers.
bool handoff_desk::room_comes(monotonic_time now) const noexcept {
  return std::any_of(lines_.begin(), lines_.end(), [this, now](const desk_line& line) {
    return line.serves_all() && line.is_full() && !is_silent(line, now);
  });
}

bool handoff_desk::is_open(const desk_line& line, monotonic_time now) noexcept {
  return line.refuses_until <= now;
}

bool handoff_desk::takes(const desk_line& line, monotonic_time now) noexcept {
  return is_open(line, now) && !line.is_full();
}

handoff_desk::wait handoff_desk::full(monotonic_time now) const noexcept {
  bool answers_to_come = false;
  bool somebody = false;
  for (const auto& line : lines_) {
    if (!line.serves_all() && !stopping_) continue;  // when all stop, it gets back what it has sent
    if (line.refuses_until > now) return wait::time;
    answers_to_come = answers_to_come || line.is_full();
    somebody = true;
  }
  if (!somebody) return wait::room;
  // A process is there and has room, but no worker of it says that it is ready: that does not come
  // by a note. Nor does it that one which is waited for has fallen silent.
  return answers_to_come && waiting_.empty() ? wait::room : wait::time;
}

handoff_desk::desk_line* handoff_desk::line_of(pid_t process) noexcept {
  for (auto& line : lines_) {
    if (line.process == process) return &line;
  }
  return nullptr;
}

/// Of a worker that look() has shown.
handoff_desk::desk_line& handoff_desk::line_to(unsigned worker) noexcept {
  return *std::find_if(lines_.begin(), lines_.end(), [worker](const desk_line& line) {
    return line.serves_all() && worker - line.first_worker < line.workers;
  });
}

dispatch::arrival handoff_desk::arrival_of(int socket, const sockaddr_storage& from) {
  dispatch::arrival a;
  a.seed =
      plan_.steering->policy() == dispatch::policy_kind::round_robin ? turn_++ : random_.next();
  a.key = dispatch::address_key(from);
  if (a.key == 0) a.key = random_.next();  // one for all would be one worker for all
  a.cpu = incoming_cpu(socket).value_or(dispatch::nowhere);
  for (const auto& core : plan_.machine.cores) {
    if (core.id == a.cpu) a.node = core.node;
  }
  return a;
}

void handoff_desk::opened(unsigned number, pid_t process, int channel) {
  if (auto* const tried = line_of(process)) {  // and what is on its way there stays so
    tried->tried = false;
    return;
  }
  lines_.push_back({.process = process,
                    .number = number,
                    .channel = channel,
                    .first_worker = plan_.first_worker_of(number),
                    .workers = plan_.workers_of(number)});
}

void handoff_desk::tries(unsigned number, pid_t process, int channel) {
  opened(number, process, channel);
  line_of(process)->tried = true;
}

std::size_t handoff_desk::on_way_to(pid_t process) const noexcept {
  for (const auto& line : lines_) {
    if (line.process == process) return line.on_way.size();
  }
  return 0;
}

void handoff_desk::succeeded_by(pid_t heir, int channel) {
  lines_.push_back({.process = heir, .number = nowhere, .channel = channel, .heir = true});
}

void handoff_desk::succeeds(pid_t elder, int channel) {
  lines_.push_back({.process = elder, .number = nowhere, .channel = channel, .left = true});
}

bool handoff_desk::idle() const noexcept {
  return waiting_.empty() && std::all_of(lines_.begin(), lines_.end(),
                                         [](const desk_line& line) { return line.on_way.empty(); });
}

handoff_desk::desk_line* handoff_desk::heir() noexcept {
  const auto found =
      std::find_if(lines_.begin(), lines_.end(), [](const desk_line& line) { return line.heir; });
  return found == lines_.end() ? nullptr : &*found;
}

void handoff_desk::left(pid_t process) noexcept {
  auto* const line = line_of(process);
  if (line == nullptr) return;
  line->left = true;
  if (line->tried) return;  // the ledger is of others
  // What it counts from now on nobody sees.
  for (unsigned w = 0; w < line->workers; ++w) ledger_.forget(line->first_worker + w);
}

void handoff_desk::closed(pid_t process) {
  const auto gone = std::find_if(lines_.begin(), lines_.end(), [process](const desk_line& line) {
    return line.process == process;
  });
  if (gone == lines_.end()) return;
  auto line = std::move(*gone);
  lines_.erase(gone);
  for (auto& one : line.on_way) waiting_.push_back(std::move(one));
  if (line.serves_all()) {
    for (unsigned w = 0; w < line.workers; ++w) ledger_.forget(line.first_worker + w);
  }
  const auto orphan = [process](client& one) {
    if (one.from == process) one.from = nobodys;
  };
  std::for_each(waiting_.begin(), waiting_.end(), orphan);
  for (auto& other : lines_) std::for_each(other.on_way.begin(), other.on_way.end(), orphan);
}

void handoff_desk::answered(pid_t process, std::string_view marks, monotonic_time now) {
  auto* const found = line_of(process);
  if (found == nullptr) return;
  auto& line = *found;
  line.clogged = false;
  for (const char mark : marks) {
    if (line.on_way.empty()) break;  // it has been closed meanwhile
    auto one = std::move(line.on_way.front());
    line.on_way.pop_front();
    // The worker counts it among those accepted if it is new; nobody knows what one does that was
    // left.
    const bool counted = line.heir || !line.serves_all() || (mark == taken_mark && one.is_new());
    if (!counted) ledger_.returned(one.worker);
    if (mark == taken_mark) {
      taken(one);
      continue;
    }
    line.refuses_until = now + refusal;
    waiting_.push_back(std::move(one));
  }
  std::for_each(lines_.begin(), lines_.end(), pay);
}

void handoff_desk::taken(client& one) noexcept {
  if (auto* const line = line_of(one.from)) ++line->owed;
}

/// Says what is owed, or later, if the process does not read.
void handoff_desk::pay(desk_line& line) noexcept {
  if (line.owed == 0) return;
  if (send_note(line.channel, note_kind::passed, std::to_string(line.owed))) line.owed = 0;
}

}  // namespace shoal::cluster
