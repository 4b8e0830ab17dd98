// A thread of a load: a driver, a generator, and what both have shown in the end.
#pragma once

#include <mutex>
#include <thread>

#include "base/result.h"
#include "load/generator.h"
#include "load/live_figures.h"
#include "load/preparation.h"
#include "load/report.h"
#include "load/starting_line.h"

namespace shoal::load {

class worker final {
 public:
  /// All that it is given outlives it.
  worker(const preparation&, const common_ground&, share, starting_line&);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  void begin();
  void join();

  // Any thread.
  void ask_to_stop();
  void add_live(live_sum&) const;

  // After join().
  [[nodiscard]] const result<void>& outcome() const noexcept { return outcome_; }
  [[nodiscard]] const report& seen() const noexcept { return seen_; }

 private:
  void work();
  [[nodiscard]] result<void> try_to_work();
  void show(generator*);
  [[nodiscard]] int cpu() const noexcept;

  const preparation& prepared_;
  const common_ground& common_;
  const share share_;
  starting_line& line_;
  std::thread thread_;
  bool came_ = false;  // to the starting line

  mutable std::mutex mutex_;  // of the next two
  generator* shown_ = nullptr;
  bool stopping_ = false;

  result<void> outcome_;
  report seen_;
};

}  // namespace shoal::load
