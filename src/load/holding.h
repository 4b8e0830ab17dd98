// Connections that have had one answer each and then stay open and idle.
#pragma once

#include <deque>
#include <memory>

#include "base/result.h"
#include "load/generator.h"
#include "load/preparation.h"
#include "load/report.h"

namespace shoal::load {

/// Threads: the one that made it.
class holding final {
 public:
  /// `prepared` outlives it.
  [[nodiscard]] static result<std::unique_ptr<holding>> make(const preparation& prepared);

  /// Opens the connections and has one request answered on each, within options::duration. What
  /// failed or was ended by the server is in the report's tally.
  [[nodiscard]] report begin();

  /// What has happened to them by now.
  [[nodiscard]] tally look();

 private:
  holding(const preparation& prepared, std::unique_ptr<io::driver> driver);

  std::unique_ptr<io::driver> driver_;
  std::deque<first_body> first_;
  common_ground common_;
  generator generator_;
};

}  // namespace shoal::load
