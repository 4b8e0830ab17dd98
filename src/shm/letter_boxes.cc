#include "shm/letter_boxes.h"

#include "base/check.h"

namespace shoal::shm {

result<letter_boxes> letter_boxes::create(unsigned boxes, std::size_t most_bytes) {
  SHOAL_CHECK(boxes > 0);
  auto memory = segment::create("shoal.letters", boxes * letter_ring::size_for(most_bytes));
  if (!memory) return memory.error();
  if (auto sealed = memory.value().seal(); !sealed) return sealed.error();
  return letter_boxes(std::move(memory).value(), boxes, most_bytes);
}

letter_ring letter_boxes::of(unsigned box) const noexcept {
  SHOAL_CHECK(box < boxes_);
  return {memory_.data() + box * letter_ring::size_for(most_bytes_), most_bytes_};
}

}  // namespace shoal::shm
