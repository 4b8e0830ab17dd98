// The mechanism `handoff`: the supervisor accepts, chooses a worker by a policy and passes the
// descriptor to its process, which answers for each whether it has it. Until then it is kept here:
// when the process dies, or has no descriptor free, the connection goes to another.
//
// Connections that processes send away, under every mechanism, go the same way: to the home of
// their key, or to whom the policy likes. Their process hears when they have been taken. When the
// cluster stops, nobody else takes them, and they go back.
//
// All that is on its way is bounded, and nothing waits here but for a worker: where nobody can take
// more, nothing more is accepted, and clients wait in the kernel's queue.
#pragma once

#include <sys/types.h>

#include <deque>
#include <list>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/random.h"
#include "cluster/blueprint.h"
#include "cluster/channel.h"
#include "cluster/moved_note.h"
#include "dispatch/ledger.h"

namespace shoal::cluster {

/// Threads: the supervisor's. It knows descriptors and never waits; who calls it does.
class handoff_desk final {
 public:
  /// Sent to one process and not answered for. The kernel allows an unprivileged sender as many as
  /// its descriptor limit; a process answers in microseconds.
  static constexpr std::size_t most_on_way = 32;

  /// The plan outlives it.
  explicit handoff_desk(const blueprint& plan);

  /// What has to come before more can be done.
  enum class wait {
    client,  ///< the listener is readable
    room,    ///< opened() or answered()
    time     ///< retry_after: a process has no descriptor free, or we have none
  };
  static constexpr std::chrono::milliseconds retry_after{10};

  /// Accepts and hands on: a bounded number, so that the supervisor hears other things too.
  wait serve(int listener, monotonic_time now);

  /// A connection that a process has sent. hand_on() finds somebody for it.
  void came(pid_t process, note&& what);

  /// Hands on what came back. To be called after each of the following, and after retry_after where
  /// that was said; `client` means that listeners may be served.
  wait hand_on(monotonic_time now);

  /// Node process number `number` is ready, and our end of its channel.
  void opened(unsigned number, pid_t process, int channel);
  /// Process number `number` is to be succeeded by this one, which gets what it sends for a trial
  /// and nothing else, until opened() or left() tells that the trial is over.
  void tries(unsigned number, pid_t process, int channel);
  /// Sent to it, and not answered for.
  [[nodiscard]] std::size_t on_way_to(pid_t process) const noexcept;
  /// Another one succeeds it, which opened() tells of: it gets no more, and what it sends goes
  /// there.
  void left(pid_t process) noexcept;
  /// Another supervisor takes our place: all goes there, and answered() says that it has come.
  void succeeded_by(pid_t heir, int channel);
  /// The other side of that: it sends, and is told as processes are.
  void succeeds(pid_t elder, int channel);
  /// It is gone. What it has not answered for waits for another.
  void closed(pid_t process);
  /// Its answers, in the order of what was sent: `taken_mark` or `refused_mark` for each.
  void answered(pid_t process, std::string_view marks, monotonic_time now);

  /// Nothing is on its way.
  [[nodiscard]] bool idle() const noexcept;

  /// All processes drain: what came from one goes back there.
  void stop() noexcept { stopping_ = true; }

 private:
  static constexpr unsigned nowhere = ~0U;
  static constexpr pid_t nobodys = 0;

  struct client {
    descriptor socket;
    dispatch::arrival arrival;
    std::optional<moved_note> moved;  // of one that a process has sent
    pid_t from = nobodys;             // the process that is to hear that it was taken
    unsigned successor_of = nowhere;  // the number of a process that was left, or tries another
    bool for_trial = false;
    unsigned worker = dispatch::nobody;  // for whom it is on its way
    monotonic_time sent{};

    /// Its worker will count it among those that it has accepted.
    [[nodiscard]] bool is_new() const noexcept { return !moved || moved->is_fresh(); }
  };

  /// Of a process that lives.
  struct desk_line {
    pid_t process = 0;
    unsigned number = 0;
    int channel = -1;
    bool left = false;   // gets nothing any more
    bool heir = false;   // another supervisor, who gets everything
    bool tried = false;  // gets a share of what its predecessor has, and nothing else
    unsigned first_worker = 0;
    unsigned workers = 0;
    std::deque<client> on_way;       // oldest first
    bool clogged = false;            // no note more fits in before it has answered
    unsigned owed = 0;               // connections of its own that it has to hear of
    monotonic_time refuses_until{};  // its descriptors are used up

    [[nodiscard]] bool serves_all() const noexcept { return !left && !tried; }
    [[nodiscard]] bool is_full() const noexcept { return clogged || on_way.size() >= most_on_way; }
  };

  struct goal {
    desk_line* line = nullptr;  // nullptr: there is none now
    unsigned worker = dispatch::nobody;
  };

  bool give(client& one, monotonic_time now);
  bool pass(client& one, goal to, monotonic_time now);
  [[nodiscard]] bool send(desk_line& line, client& one, unsigned index) const noexcept;
  [[nodiscard]] goal choose(const client& one, monotonic_time now);
  [[nodiscard]] goal way_back(const client& one, monotonic_time now) noexcept;
  [[nodiscard]] goal trial_of(const client& one, monotonic_time now) noexcept;
  [[nodiscard]] bool fits(const client& one, const desk_line& line) noexcept;
  void count(const client& one, unsigned worker, monotonic_time now) noexcept;
  [[nodiscard]] bool has_successor(unsigned number) const noexcept;
  void look(const client& one, monotonic_time now, nanoseconds stall, bool full_too,
            bool silent_too);
  void taken(client& one) noexcept;
  static void pay(desk_line& line) noexcept;
  [[nodiscard]] bool is_silent(const desk_line& line, monotonic_time now) const noexcept;
  [[nodiscard]] bool room_comes(monotonic_time now) const noexcept;
  [[nodiscard]] static bool is_open(const desk_line& line, monotonic_time now) noexcept;
  [[nodiscard]] static bool takes(const desk_line& line, monotonic_time now) noexcept;
  [[nodiscard]] wait full(monotonic_time now) const noexcept;
  [[nodiscard]] desk_line* line_of(pid_t process) noexcept;
  [[nodiscard]] desk_line& line_to(unsigned worker) noexcept;
  [[nodiscard]] desk_line* heir() noexcept;
  [[nodiscard]] dispatch::arrival arrival_of(int socket, const sockaddr_storage& from);

  const blueprint& plan_;
  std::list<desk_line> lines_;
  std::deque<client> waiting_;  // refused or orphaned; come before anybody new
  dispatch::ledger ledger_;
  std::vector<dispatch::candidate> seen_;
  random_source random_;
  std::uint64_t turn_ = 0;  // round-robin's
  std::uint64_t trials_turn_ = 0;
  bool stopping_ = false;
};

}  // namespace shoal::cluster
