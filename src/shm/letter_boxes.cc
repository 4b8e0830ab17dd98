#include "shm/letter_boxes.h"

#include "base/check.h"

namespace shoal::shm {

result<letter_boxes> letter_boxes::create(unsigned workers, std::size_t most_bytes) {
  SHOAL_CHECK(workers > 0);
  auto memory = segment::create("shoal.letters", workers * letter_ring::size_for(most_bytes));
  if (!memory) return memory.error();
  if (auto sealed = memory.value().seal(); !sealed) return sealed.error();
  return letter_boxes(std::move(memory).value(), workers, most_bytes);
}

letter_ring letter_boxes::of(unsigned worker) const noexcept {
  SHOAL_CHECK(worker < workers_);
  return {memory_.data() + worker * letter_ring::size_for(most_bytes_), most_bytes_};
}

}  // namespace shoal::shm
