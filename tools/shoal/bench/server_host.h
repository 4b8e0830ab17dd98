// The machine where contenders run: this one (local_host.h), or another one that an agent answers
// for (remote_host.h). What measures them knows no more of it than this.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/child_process.h"
#include "bench/measured_process.h"
#include "bench/results.h"

namespace shoal::bench {

struct host_facts {
  std::vector<fact> facts;  ///< of the machine, of this program there, and of the contenders'
  double system_call_ns = -1;
  double wake_ns = -1;
  unsigned cores = 1;  ///< all of the machine's
};

class server_host {
 public:
  virtual ~server_host() = default;

  /// A fresh process, which has answered what the load is going to ask it for: body_of(body_bytes).
  /// One at a time. Errors name the contender, and end with what it has said; EINTR: `stop` has
  /// said so.
  [[nodiscard]] virtual result<std::unique_ptr<measured_process>> start(
      const std::string& contender, unsigned body_bytes, const interruption& stop) = 0;

  /// Of the machine and of these contenders. Cost: a tenth of a second.
  [[nodiscard]] virtual result<host_facts> describe(const std::vector<std::string>& contenders) = 0;

  /// Whether it can still be asked. If not, an error says nothing of the contender.
  [[nodiscard]] virtual bool reachable() const noexcept { return true; }
};

}  // namespace shoal::bench
