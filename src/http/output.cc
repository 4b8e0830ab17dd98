#include "http/output.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace shoal::http {

output_pool::~output_pool() {
  while (free_ != nullptr) ::operator delete(std::exchange(free_, free_->next_));
}

char* output_pool::grow(output_block*& block, std::size_t bytes) noexcept {
  if (block == nullptr && bytes <= usual_capacity && free_ != nullptr) {
    block = std::exchange(free_, free_->next_);
    --free_count_;
    return block->data();
  }
  const std::size_t used = block == nullptr ? 0 : block->size_;
  const std::size_t wanted = used + bytes <= usual_capacity
                                 ? usual_capacity
                                 : std::max<std::size_t>(used + bytes, 2 * used);
  if (wanted > UINT32_MAX) return nullptr;
  void* memory = ::operator new(sizeof(output_block) + wanted, std::nothrow);
  if (memory == nullptr) return nullptr;
  auto* larger = new (memory) output_block;
  larger->capacity_ = static_cast<std::uint32_t>(wanted);
  if (block != nullptr) {
    std::memcpy(larger->data(), block->data(), used);
    larger->size_ = static_cast<std::uint32_t>(used);
    release(block);
  }
  block = larger;
  return block->data() + used;
}

bool output_pool::append(output_block*& block, std::string_view text) noexcept {
  char* to = reserve(block, text.size());
  if (to == nullptr) return false;
  std::memcpy(to, text.data(), text.size());
  commit(*block, to + text.size());
  return true;
}

void output_pool::release(output_block*& block) noexcept {
  output_block* const released = std::exchange(block, nullptr);
  if (released == nullptr) return;
  if (released->capacity_ != usual_capacity || free_count_ == kept) {
    ::operator delete(released);
    return;
  }
  released->size_ = 0;
  released->next_ = std::exchange(free_, released);
  ++free_count_;
}

}  // namespace shoal::http
