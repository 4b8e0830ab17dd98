#include "shm/trial_table.h"

#include "base/check.h"

namespace shoal::shm {

result<trial_table> trial_table::create(unsigned workers) {
  const std::size_t bytes = workers * sizeof(trial_place);
  const auto memory = segment::create("shoal.trial", bytes);
  if (!memory) return memory.error();
  // The mapping stays when the descriptor is closed.
  auto map = mapping::read_write(memory.value().fd(), bytes);
  if (!map) return map.error();
  return trial_table(std::move(map).value(), workers);
}

trial_place& trial_table::of(unsigned worker) const noexcept {
  SHOAL_CHECK(worker < workers_);
  return reinterpret_cast<trial_place*>(memory_.data())[worker];
}

}  // namespace shoal::shm
