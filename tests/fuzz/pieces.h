// Ways to cut an input, so that a target can hold the whole against its parts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace shoal::fuzz {

/// Bytes in a block of exactly their size, so that a sanitizer sees a read beyond them.
class exact_copy final {
 public:
  explicit exact_copy(std::string_view text) : block_(new char[text.size()]), size_(text.size()) {
    if (size_ != 0) std::memcpy(block_.get(), text.data(), size_);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {block_.get(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

/// FNV-1a. What a target draws at random comes from its input, so that an input replays exactly and
/// a corpus holds nothing but what the code under test reads.
inline std::uint64_t seed_from(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// Where each piece ends, ascending; the last is `size`. Pieces may be empty.
using cuts = std::vector<std::size_t>;

inline cuts whole(std::size_t size) { return {size}; }

inline cuts every_byte(std::size_t size) {
  cuts all(size + 1);
  for (std::size_t i = 0; i <= size; ++i) all[i] = i;
  return all;
}

inline cuts some_cuts(std::size_t size, random_source& random) {
  cuts some(random.below(6));
  for (auto& cut : some) cut = random.below(size + 1);
  some.push_back(size);
  std::sort(some.begin(), some.end());
  return some;
}

}  // namespace shoal::fuzz
