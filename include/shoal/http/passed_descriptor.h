#pragma once

#include <utility>

namespace shoal {

/// A file descriptor that has come with a message. It is closed at its owner's end, unless it was
/// released. None, where it was lost on the way: with a process that was killed when it had just
/// read it, or for want of a free number.
class passed_descriptor final {
 public:
  passed_descriptor() noexcept = default;
  explicit passed_descriptor(int fd) noexcept : fd_(fd) {}
  passed_descriptor(passed_descriptor&& other) noexcept : fd_(other.release()) {}
  passed_descriptor& operator=(passed_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~passed_descriptor();

  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }  ///< -1: none

  /// Gives the number away; the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace shoal
