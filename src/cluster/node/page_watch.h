// Looks now and then where the pages of its process lie and where its workers run, writes it where
// all can read it, and warns where that is not what was planned.
//
// Every ten seconds: what is wrong with placement is so from the first touch and stays so.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cluster/blueprint.h"
#include "cluster/node/worker_thread.h"
#include "topology/misplaced.h"
#include "topology/page_places.h"

namespace shoal::cluster {

/// Threads: one, the process's main thread, while all workers serve.
class page_watch final {
 public:
  static constexpr nanoseconds period = std::chrono::seconds(10);

  page_watch(const blueprint& plan, unsigned process,
             std::span<const std::unique_ptr<worker_thread>> workers);

  /// When the next look is due: half a second after the first call, when there is something to see.
  /// Cost of a look: some 2 ms for each GiB that is resident, and 0.1 ms for each worker.
  [[nodiscard]] monotonic_time look(monotonic_time now);

 private:
  void look_at_pages(monotonic_time now);
  void look_at_workers();
  void warn(const topology::page_places& found);

  const blueprint& plan_;
  const unsigned first_worker_;
  const std::span<const std::unique_ptr<worker_thread>> workers_;
  const std::vector<unsigned> nodes_;  ///< ids
  const topology::memory_expectation expected_;
  std::vector<topology::page_range> known_;
  std::vector<std::string> told_;  ///< of what is still so
  monotonic_time next_{};
  bool cannot_ = false;  ///< the kernel does not say
};

}  // namespace shoal::cluster
