// The mechanism in use: chosen before there are sockets, put to them, kept going, and given up for
// a lesser one where the kernel refuses it. The sockets stay the same through all of that and
// always somebody decides, if only the kernel's hash: no connection is lost when the mechanism
// changes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dispatch/candidate.h"
#include "dispatch/steer_board.h"
#include "dispatch/steer_ebpf.h"
#include "dispatch/steer_kind.h"

namespace shoal::dispatch {

/// A worker that has been in its turn for longer gets no new connection: a light request is over in
/// a tenth of it.
inline constexpr nanoseconds steer_stall = std::chrono::milliseconds(1);

/// Threads: the supervisor's; a child only takes its pens from the board.
class steering final {
 public:
  /// The wished mechanism, or the best one that is permitted. A mechanism that was asked for by
  /// name and is refused is an error, which says what would permit it; so is a wish without sense.
  static result<steering> choose(const steer_wish& wish, unsigned workers);

  [[nodiscard]] steer_kind kind() const noexcept { return kind_; }
  [[nodiscard]] policy_kind policy() const noexcept { return policy_; }
  /// Why it is not a better one, and what would permit that: "as asked for", "not ebpf: the kernel
  /// ...". Empty if nothing would be better.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  /// "ebpf, least-loaded" or "cbpf, least-loaded (not ebpf: the kernel does not ...)".
  [[nodiscard]] std::string show() const;

  [[nodiscard]] const steer_board& board() const noexcept { return *board_; }

  /// For each address its sockets, one for each worker in the order of their numbers; they outlive
  /// this. False: the mechanism was refused and a lesser one decides, and reason() says why.
  bool attach(std::vector<std::vector<int>> groups);

  /// The sockets are another program's from now on, until attach().
  void let_go() noexcept;

  /// `cbpf` alone: new weights for what workers look like now. As attach().
  bool renew(candidates workers);
  /// `cbpf` alone: all alike who may be chosen, for as long as nobody looks. As attach().
  bool forget(candidates workers);

  /// Gives the present mechanism up for a lesser one that has a socket for each worker, too.
  void fall_to(steer_kind lesser, std::string why);

 private:
  steering(steer_kind kind, policy_kind policy, std::string reason, steer_board board);

  static result<steering> make(steer_kind kind, const steer_wish& wish, unsigned workers,
                               std::string reason);
  bool attach_ebpf();
  bool attach_cbpf(std::vector<std::uint32_t> shares);
  bool attach_even_cbpf();
  void let_the_kernel();

  steer_kind kind_;
  policy_kind wished_;
  policy_kind policy_;
  std::string reason_;
  std::optional<steer_ebpf> ebpf_;
  std::unique_ptr<steer_board> board_;  // whose place children's pens keep
  std::vector<std::vector<int>> groups_;
  std::vector<std::uint32_t> shares_;  // as attached
};

}  // namespace shoal::dispatch
