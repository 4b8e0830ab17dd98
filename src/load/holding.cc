#include "load/holding.h"

#include <utility>

namespace shoal::load {

result<std::unique_ptr<holding>> holding::make(const preparation& prepared) {
  const topology::cpu_list& cpus = prepared.asked.cpus;
  const int cpu = cpus.empty() ? -1 : static_cast<int>(cpus.front());
  if (const auto ready = prepare_thread(cpu); !ready) return ready.error();
  auto driver = io::open_driver(prepared.driver);
  if (!driver) return driver.error();
  return std::unique_ptr<holding>(new holding(prepared, std::move(driver).value()));
}

holding::holding(const preparation& prepared, std::unique_ptr<io::driver> driver)
    : driver_(std::move(driver)),
      first_(prepared.asked.kinds.size()),
      common_{prepared.asked, prepared.requests, first_},
      generator_(common_, {}, *driver_) {}

report holding::begin() {
  const monotonic_time began = read_clock();
  generator_.hold_until(began + common_.asked.duration);
  report seen;
  generator_.tell(seen);
  seen.right_within = generator_.seen().right;
  seen.seconds = std::chrono::duration<double>(read_clock() - began).count();
  seen.driver = driver_->name();
  return seen;
}

tally holding::look() {
  generator_.look();
  return generator_.counted();
}

}  // namespace shoal::load
