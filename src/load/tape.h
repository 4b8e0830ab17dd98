// All that a load sends, drawn before it begins: requests of every kind, by their weights and
// shuffled, one behind another in memory.
//
// Connections walk it, each from a place of its own, and begin anew at its end. So whatever is sent
// is one contiguous piece of memory that nobody has to put together, and an answer's kind is known
// from where its request stands. What a walk across the end needs is there twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/request_kind.h"

namespace shoal::load {

/// Threads: any, once it is made.
class tape final {
 public:
  /// A mix is drawn up to so many bytes and requests, each kind once at least.
  static constexpr std::size_t usual_bytes = std::size_t{4} << 20;
  static constexpr std::size_t most_requests = std::size_t{1} << 16;
  static constexpr std::size_t most_bytes = std::size_t{256} << 20;  ///< more is refused

  /// `texts`: the bytes of each kind, not empty. `longest_walk`: the most that bytes() is asked
  /// for at once.
  [[nodiscard]] static result<tape> make(const std::vector<request_kind>& kinds,
                                         const std::vector<std::string>& texts,
                                         std::size_t longest_walk, std::uint64_t seed);

  /// Requests until it begins anew.
  [[nodiscard]] std::size_t size() const noexcept { return kinds_.size(); }
  [[nodiscard]] std::size_t after(std::size_t at, std::size_t steps) const noexcept {
    return (at + steps) % size();
  }

  /// Which of the kinds stands there. at < size().
  [[nodiscard]] std::uint32_t kind(std::size_t at) const noexcept { return kinds_[at]; }

  /// The requests from there on. at < size(), 0 < count <= longest_walk.
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t at, std::size_t count) const noexcept {
    return std::as_bytes(std::span(text_)).subspan(begins_[at], begins_[at + count] - begins_[at]);
  }

 private:
  std::vector<std::uint32_t> kinds_;
  std::vector<std::size_t> begins_;  // of each request, also of those that are there twice
  std::string text_;
};

}  // namespace shoal::load
