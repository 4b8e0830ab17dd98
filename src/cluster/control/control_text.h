// What the control socket says of a cluster: as JSON, or as lines for people.
#pragma once

#include <string_view>
#include <vector>

#include "cluster/control/control_answer.h"
#include "cluster/control/control_target.h"

namespace shoal::cluster {

[[nodiscard]] control_answer show(const control_status& status, bool plain);
[[nodiscard]] control_answer show(const numa_status& status, bool plain);
[[nodiscard]] control_answer show(const std::vector<listener_status>& listeners, bool plain);
/// A line each, of JSON too.
[[nodiscard]] control_answer show(const event_ring& events, bool plain);
[[nodiscard]] control_answer show_done(std::string_view what, bool plain);

}  // namespace shoal::cluster
