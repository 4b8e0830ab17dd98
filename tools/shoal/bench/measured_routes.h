// What every server of ours answers that is measured, by whatever process and loop.
#pragma once

#include <string>

#include "shoal/http/routes.h"

namespace shoal::bench {

///   GET /plaintext    "Hello, World!"
///   GET /bytes/N      N times an x, at most 1 MiB
///   GET /spin/US      "Hello, World!" after so many microseconds of work (spin.h)
///
/// All on the loop, whatever it takes: where handlers run is not what is compared. Outlives the
/// routes.
class measured_routes final {
 public:
  explicit measured_routes(double steps_in_a_microsecond);
  measured_routes(const measured_routes&) = delete;
  measured_routes& operator=(const measured_routes&) = delete;

  void add_to(http::routes& all) const;

 private:
  const double steps_;
  const std::string filler_;
};

}  // namespace shoal::bench
