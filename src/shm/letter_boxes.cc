#include "shm/letter_boxes.h"

#include "base/check.h"

namespace shoal::shm {

result<letter_boxes> letter_boxes::create(unsigned boxes, std::size_t most_bytes,
                                          bool with_sheets) {
  SHOAL_CHECK(boxes > 0);
  auto memory = segment::create("shoal.letters", size_for(boxes, most_bytes, with_sheets));
  if (!memory) return memory.error();
  if (auto sealed = memory.value().seal(); !sealed) return sealed.error();
  return letter_boxes(std::move(memory).value(), boxes, most_bytes, with_sheets);
}

std::size_t letter_boxes::size_for(unsigned boxes, std::size_t most_bytes,
                                   bool with_sheets) noexcept {
  return boxes * (letter_ring::size_for(most_bytes) + (with_sheets ? letter_sheets::size() : 0));
}

letter_ring letter_boxes::of(unsigned box) const noexcept {
  SHOAL_CHECK(box < boxes_);
  return {memory_.data() + box * letter_ring::size_for(most_bytes_), most_bytes_};
}

std::optional<letter_sheets> letter_boxes::sheets_of(unsigned box) const noexcept {
  SHOAL_CHECK(box < boxes_);
  if (!with_sheets_) return std::nullopt;
  return letter_sheets(memory_.data() + size_for(boxes_, most_bytes_, false) +
                       box * letter_sheets::size());
}

}  // namespace shoal::shm
