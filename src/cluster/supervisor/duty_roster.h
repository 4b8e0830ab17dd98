// Which workers serve clients, and which rest: all serve, unless their node is drained or fewer are
// wanted than there are. A worker that rests keeps its thread and its state, and may be called back
// at any time; what it was given goes on elsewhere.
//
// Those that are wanted are found node by node in turn, so that nodes stay even, and in nodes that
// are drained none is: others of the same number serve instead, as far as there are any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::cluster {

/// Threads: one. Workers are numbered through the cluster, in the order of the nodes.
class duty_roster final {
 public:
  duty_roster() = default;
  /// Of each node, how many workers it has.
  explicit duty_roster(std::vector<unsigned> workers_of);

  // Errors say why nothing has changed: somebody has to serve.

  /// So many serve, as long as enough nodes are not drained.
  result<void> scale(unsigned workers);
  /// To a node that is drained already: nothing.
  result<void> drain(unsigned node);
  void undrain(unsigned node);

  [[nodiscard]] bool rests(unsigned worker) const noexcept { return rests_[worker]; }
  [[nodiscard]] bool is_drained(unsigned node) const noexcept { return drained_[node]; }
  [[nodiscard]] bool all_rest(unsigned node) const noexcept;
  [[nodiscard]] std::vector<unsigned> workers_of(unsigned node) const;
  [[nodiscard]] unsigned workers() const noexcept { return static_cast<unsigned>(rests_.size()); }
  /// How many were asked for.
  [[nodiscard]] unsigned wanted() const noexcept { return wanted_; }
  /// How many there are.
  [[nodiscard]] unsigned serving() const noexcept;

  /// For each worker of a node, in their order: '1' if it rests, else '0'.
  [[nodiscard]] std::string marks_of(unsigned node) const;

  /// For the program that takes this one's place: "3 drained 0 2". Empty: all serve.
  [[nodiscard]] std::string to_text() const;
  /// The other way. What does not fit, or would leave nobody, is left out.
  void adopt(std::string_view text);

 private:
  void arrange();

  std::vector<unsigned> sizes_;
  std::vector<bool> drained_;
  std::vector<bool> rests_;
  unsigned wanted_ = 0;
};

}  // namespace shoal::cluster
