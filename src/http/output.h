// Where answers wait for their send: blocks of a worker's own pool, so that an idle connection
// holds none and a busy one allocates none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace shoal::http {

/// A growing run of bytes. Belongs to one pool.
class output_block final {
 public:
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {reinterpret_cast<const std::byte*>(data()), size_};
  }

 private:
  friend class output_pool;
  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }

  output_block* next_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Threads: one. Keeps up to `kept` blocks of the usual size; larger ones go back to the heap.
class output_pool final {
 public:
  output_pool() = default;
  ~output_pool();
  output_pool(const output_pool&) = delete;
  output_pool& operator=(const output_pool&) = delete;

  /// Room for `bytes` more at the end of `block` (which may be nullptr or may move). nullptr: no
  /// memory, and the block is as it was. Follow with commit().
  [[nodiscard]] char* reserve(output_block*& block, std::size_t bytes) noexcept {
    if (block != nullptr && block->capacity_ - block->size_ >= bytes) [[likely]] {
      return block->data() + block->size_;
    }
    return grow(block, bytes);
  }
  static void commit(output_block& block, const char* end) noexcept {
    block.size_ = static_cast<std::uint32_t>(end - block.data());
  }

  [[nodiscard]] bool append(output_block*& block, std::string_view text) noexcept;

  /// nullptr afterwards.
  void release(output_block*& block) noexcept;

 private:
  static constexpr std::uint32_t usual_capacity = 4096 - sizeof(output_block);
  static constexpr std::uint32_t kept = 256;

  char* grow(output_block*& block, std::size_t bytes) noexcept;

  output_block* free_ = nullptr;
  std::uint32_t free_count_ = 0;
};

}  // namespace shoal::http
