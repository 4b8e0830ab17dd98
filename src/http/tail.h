#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "io/operation.h"
#include "shoal/http/file_part.h"

namespace shoal::http {

class connection;

/// What follows an answer's head apart from it: a large body, or a part of a file. It leaves in
/// slices, so that the time limit of a send is one for progress.
class tail final : public io::send_file_op {
 public:
  tail(connection& owner, std::string bytes) noexcept
      : owner_(owner), bytes_(std::move(bytes)), left_(bytes_.size()) {}
  tail(connection& owner, file_part part) noexcept
      : owner_(owner), part_(std::move(part)), left_(part_.bytes) {}

  [[nodiscard]] bool is_file() const noexcept { return part_.file != nullptr; }
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
  [[nodiscard]] std::uint32_t next_slice() const noexcept {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(left_, slice_bytes));
  }

  [[nodiscard]] std::span<const std::byte> slice_of_bytes() const noexcept {
    return std::as_bytes(std::span(bytes_)).subspan(bytes_.size() - left_, next_slice());
  }
  /// Sets what the operation is to do.
  void aim_at_file(int to) noexcept {
    socket = to;
    file = part_.file->descriptor();
    offset = part_.offset + (part_.bytes - left_);
    count = next_slice();
  }

  void took(std::uint64_t bytes) noexcept { left_ -= bytes; }

 private:
  static constexpr std::uint64_t slice_bytes = 128 * 1024;

  void file_sent(io::outcome) noexcept override;

  connection& owner_;
  std::string bytes_;
  file_part part_;
  std::uint64_t left_;
};

}  // namespace shoal::http
