// What each path of the control socket means. It knows the verbs and their words; who does what
// they ask for is the target.
#pragma once

#include <functional>

#include "cluster/control/control_answer.h"
#include "cluster/control/control_request.h"
#include "cluster/control/control_target.h"

namespace shoal::cluster {

/// Threads: the target's. The target outlives it.
class control_desk final {
 public:
  explicit control_desk(control_target& target) noexcept : target_(target) {}

  using answer_to = std::function<void(control_answer)>;

  /// `answer` is called once, here or later, or never where the process ends before.
  void serve(const control_request& asked, answer_to answer) const;

  /// Whether its connection may have to stay for long.
  [[nodiscard]] static bool may_last(const control_request& asked) noexcept;

 private:
  control_target& target_;
};

}  // namespace shoal::cluster
