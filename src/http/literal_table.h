// Whole paths to numbers: open addressing in one array, at most half full. Filled at start-up, then
// read by any number of threads.
//
// The keys are ours, so nobody outside can make them collide; a path that is longer than the
// longest of them is not even hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace shoal::http {

class literal_table final {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// A key that is not there yet; its characters must outlive the table.
  void insert(std::string_view key, std::uint32_t value);

  /// The value, or none.
  [[nodiscard]] std::uint32_t find(std::string_view key) const noexcept;

 private:
  struct slot {
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::uint32_t tag = 0;  // the upper half of the hash
    std::uint32_t value = none;
  };

  void place(const slot& entry, std::uint64_t hash) noexcept;

  std::vector<slot> slots_;
  std::size_t count_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace shoal::http
