// What `shoal doctor` makes of what it knows. Pure: facts and options in, findings out.
//
// A check stands here because something in src/ depends on it, and says what that is. Advice that
// is given for every server alike (larger socket buffers, other ways to reuse ports) is not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor_facts.h"
#include "doctor_trials.h"
#include "shoal/cluster/options.h"
#include "topology/placement.h"

namespace shoal::tool {

enum class verdict : unsigned char {
  ok,
  advice,  ///< it works, and something is given away
  problem  ///< a server with these options does not start, or refuses or loses what it should serve
};

/// "ok", "advice" or "problem".
[[nodiscard]] std::string_view name_of(verdict) noexcept;

struct finding {
  std::string_view check;  ///< "backlog"
  verdict how = verdict::ok;
  std::string says;
  std::string change;  ///< a command where there is one; "" if all is well
};

using findings = std::vector<finding>;

/// All that is known of a machine and of what shall run there.
struct case_file {
  const machine_facts& facts;
  const trial_results& trials;
  const options& wanted;
  const topology::placement& placement;
};

/// In the order of the chapters below.
[[nodiscard]] findings judge(const case_file& known);

// The chapters.
void judge_rights(const case_file& known, findings& out);   ///< what the kernel lets us do
void judge_limits(const case_file& known, findings& out);   ///< what we may use
void judge_network(const case_file& known, findings& out);  ///< queues and ports
void judge_cores(const case_file& known, findings& out);    ///< cores, their clocks, who runs there

}  // namespace shoal::tool
