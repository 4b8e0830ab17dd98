// A value that counts what is done to it, to show that nothing is copied, lost or destroyed twice.
#pragma once

#include <utility>

namespace shoal::test {

struct tally {
  int made = 0;  ///< constructed in any way
  int copied = 0;
  int moved = 0;
  int destroyed = 0;

  [[nodiscard]] int alive() const noexcept { return made - destroyed; }
};

/// Reports to its tally, which outlives it.
class counted final {
 public:
  explicit counted(tally& t, int number = 0) noexcept : value(number), tally_(&t) { ++t.made; }
  counted(const counted& other) noexcept : value(other.value), tally_(other.tally_) {
    ++tally_->made;
    ++tally_->copied;
  }
  counted(counted&& other) noexcept : value(std::exchange(other.value, -1)), tally_(other.tally_) {
    ++tally_->made;
    ++tally_->moved;
  }
  counted& operator=(const counted& other) noexcept {
    value = other.value;
    ++tally_->copied;
    return *this;
  }
  counted& operator=(counted&& other) noexcept {
    value = std::exchange(other.value, -1);
    ++tally_->moved;
    return *this;
  }
  ~counted() { ++tally_->destroyed; }

  int value;  ///< -1 once moved from

 private:
  tally* tally_;
};

}  // namespace shoal::test
