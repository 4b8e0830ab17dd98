// What a process answers for the connections that the supervisor has sent: a mark for each, in the
// order of their coming. None may get lost, since the desk would take the next mark for its; and
// the channel may be full of connections that leave.
#pragma once

#include <string>

namespace shoal::cluster {

/// Threads: the process's main thread.
class answers final {
 public:
  /// `channel`: the process's end.
  explicit answers(int channel) noexcept : channel_(channel) {}

  void add(bool taken);

  /// All that has not been said, unless the supervisor has to read first. Never waits.
  void say() noexcept;

  /// say() has more to do once the channel is writable.
  [[nodiscard]] bool wants_room() const noexcept { return !marks_.empty(); }

 private:
  const int channel_;
  std::string marks_;  // no more than the desk has on their way
};

}  // namespace shoal::cluster
