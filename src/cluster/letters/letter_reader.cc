#include "cluster/letters/letter_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace shoal::cluster {
namespace {

// Aligned for all that a message may be.
std::unique_ptr<std::max_align_t[]> room_for(std::size_t bytes) {
  return std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
}

std::byte* bytes_in(const std::unique_ptr<std::max_align_t[]>& room) noexcept {
  return reinterpret_cast<std::byte*>(room.get());
}

}  // namespace

letter_reader::letter_reader(const post_office& post, unsigned owner,
                             const std::vector<http::message_type>& types)
    : types_(types),
      reader_(::getpid()),
      box_(post.box(owner)),
      sheets_(post.sheets(owner)),
      short_(room_for(post.short_bytes())),
      long_(sheets_ ? room_for(shm::letter_sheets::most_bytes) : nullptr) {
  if (const auto* const line = post.parcels(owner)) parcels_.emplace(*line);
}

std::optional<letter_reader::letter> letter_reader::next() noexcept {
  shm::letter_head head;
  // One that is void makes place for the next; an end for what may be nonsense for ever.
  for (std::size_t i = 0; i < shm::letter_ring::places; ++i) {
    const auto at = box_.look(head, bytes_in(short_));
    if (!at) return std::nullopt;
    if ((head.type & post_office::long_mark) == 0) {
      if (!box_.take(*at)) continue;  // another reader has
      if (auto one = open(head, *at, short_)) return one;
      continue;
    }
    shm::sheet_list list;
    std::memcpy(&list, short_.get(), std::min<std::size_t>(sizeof list, head.bytes));
    const bool sound = sheets_ && head.bytes == sizeof list && list.is_sound();
    const auto got =
        sound ? sheets_->read(reader_, list, bytes_in(long_)) : shm::sheets_read::broken;
    if (got == shm::sheets_read::others) return std::nullopt;
    const bool mine = box_.take(*at);
    if (got == shm::sheets_read::broken) continue;
    sheets_->done(reader_, list);
    if (!mine) continue;
    head.type &= ~post_office::long_mark;
    head.bytes = static_cast<std::uint32_t>(list.bytes);
    if (auto one = open(head, *at, long_)) return one;
  }
  return std::nullopt;
}

bool letter_reader::may_sleep() noexcept {
  if (parcels_) parcels_->pass(box_.position());
  return box_.may_sleep();
}

void letter_reader::leave() noexcept {
  if (parcels_) parcels_->give_back();
}

/// Whoever can write the memory can write nonsense.
std::optional<letter_reader::letter> letter_reader::open(const shm::letter_head& head,
                                                         std::uint64_t place,
                                                         const room& contents) noexcept {
  passed_descriptor with;
  if ((head.type & post_office::with_mark) != 0 && parcels_) {
    with = passed_descriptor(parcels_->take(place).release());
  }
  const auto number = head.type & ~post_office::with_mark;
  if (number >= types_.size()) return std::nullopt;
  const auto& type = types_[number];
  if (!type.encoded && type.bytes != head.bytes) return std::nullopt;
  return letter{&type,
                {reinterpret_cast<const char*>(contents.get()), head.bytes},
                {head.from},
                std::move(with)};
}

}  // namespace shoal::cluster
