// Memory to measure: on whole huge pages or on small ones, and where the thread's policy puts it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "numa/study.h"

namespace shoal::numa {

inline constexpr std::uint64_t small_page_bytes = 4096;
inline constexpr std::uint64_t huge_page_bytes = 2UL << 20;

class arena final {
 public:
  /// Reserved and not touched; begins at a huge page's border. Huge pages are asked for and not
  /// promised (see huge_share()). Errors: there is not so much address space.
  [[nodiscard]] static result<arena> reserve(std::uint64_t bytes, page_kind pages);

  arena(arena&& other) noexcept;
  arena& operator=(arena&&) = delete;
  ~arena();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_; }

  /// Writes to each page, so that all of them are there: where the policy of the calling thread
  /// says.
  void touch() noexcept;

  /// Which share of it lies on huge pages; 0 where the kernel does not say.
  [[nodiscard]] double huge_share() const;

  /// Which share of its pages, of a sample, lies in this node's memory. Nothing where the kernel
  /// does not say: without NUMA, or under a seccomp filter.
  [[nodiscard]] std::optional<double> share_on(unsigned node) const;

 private:
  arena(void* mapping, std::uint64_t mapped, std::byte* data, std::uint64_t bytes) noexcept
      : mapping_(mapping), mapped_(mapped), data_(data), bytes_(bytes) {}

  void* mapping_;
  std::uint64_t mapped_;
  std::byte* data_;
  std::uint64_t bytes_;
};

}  // namespace shoal::numa
