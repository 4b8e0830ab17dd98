// Looks after the workers of one process: sees whose turn lasts long, and sends others to take over
// what waits for it, or sends that to other processes where all are stuck; and sees who has more to
// do than others for some time, and has it give. It looks every few milliseconds while somebody is
// served, more often where turns have been long lately, and sleeps when nobody is.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cluster/blueprint.h"
#include "cluster/node/bell.h"
#include "cluster/node/hang_watch.h"
#include "cluster/node/job_watch.h"
#include "cluster/node/rebalancer.h"
#include "cluster/node/way_out.h"
#include "cluster/node/worker_thread.h"
#include "cluster/stall/stall_reporter.h"

namespace shoal::cluster {

/// Threads: one, the process's main thread. All workers serve, and none has been told to drain.
class watcher final {
 public:
  watcher(const blueprint& plan, unsigned process,
          std::span<const std::unique_ptr<worker_thread>> workers, way_out& out, bell& bell,
          std::span<const compute::at_work> jobs);

  /// What is to be done now. Returns when to look again; `never`: when the bell has rung.
  [[nodiscard]] monotonic_time look(monotonic_time now);

 private:
  struct seen {
    std::uint64_t turn = 0;  ///< at the last look
    std::uint64_t told = 0;  ///< the turn that was reported last
  };

  /// One worker alone in the cluster has nobody to help it.
  [[nodiscard]] bool lends() const noexcept {
    return options_.lend_after > nanoseconds::zero() && plan_.segment.slot_count() > 1;
  }
  void look_at(std::size_t index, monotonic_time now);
  void tell(std::size_t index, nanoseconds age);
  void tell_of_jobs(monotonic_time now);
  [[nodiscard]] std::string name_of(std::uint32_t route) const;
  void heed_hangs(monotonic_time now);
  void rebalance(monotonic_time now);
  [[nodiscard]] bool anybody_moved() noexcept;
  void send_help(worker_thread& stuck, bool all, monotonic_time now);
  [[nodiscard]] bool somebody_idles_elsewhere() const noexcept;
  void send_away(worker_thread& stuck, unsigned most) noexcept;
  void send_new_away(int listener, worker_thread& stuck, unsigned& most) noexcept;
  [[nodiscard]] monotonic_time sleep_if_nobody_moves(monotonic_time now) noexcept;

  const blueprint& plan_;
  const balance_options& options_;
  const unsigned first_worker_;
  const std::span<const std::unique_ptr<worker_thread>> workers_;
  way_out& out_;
  bell& bell_;
  stall_reporter reporter_;
  hang_watch hangs_;
  job_watch jobs_;
  nanoseconds oldest_{0};  ///< of the turns under way, at this look
  std::vector<seen> seen_;
  rebalancer rebalancer_;
  std::vector<nanoseconds> busy_;  ///< of each worker
  unsigned quiet_looks_ = 0;
  monotonic_time alert_until_{};  ///< a long turn was seen not long ago: look often
  std::size_t next_helper_ = 0;
};

}  // namespace shoal::cluster
