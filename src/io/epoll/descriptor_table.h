#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "io/operation.h"

namespace shoal::io {

/// What the driver knows of one descriptor. All zero is "nothing", so the table needs no filling.
struct descriptor_state {
  operation* input;          ///< the accept or receive that waits for it
  operation* output;         ///< the send or connect that waits for it
  std::uint32_t generation;  ///< counts closes, so that an event for what had this number is known
  int next;                  ///< in the list of waiting receives, if `listed`
  bool listed;
  bool watched;   ///< the epoll set holds it
  bool readable;  ///< there may be bytes of which no event will tell again
  bool ended;     ///< the peer's end or an error was announced: read until it comes
};
static_assert(sizeof(descriptor_state) == 32, "two to a cache line, and idle connections cost it");

/// Indexed by descriptor. It spans all numbers that the hard limit allows, since a page of it
/// exists only once it is touched; a number beyond it (the limit was raised later, or is above a
/// million) is refused by the operation that names it.
class descriptor_table final {
 public:
  [[nodiscard]] bool allocate() noexcept {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    size_ = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_max, most));
    states_.reset(static_cast<descriptor_state*>(std::calloc(size_, sizeof(descriptor_state))));
    return states_ != nullptr;
  }

  [[nodiscard]] bool holds(int fd) const noexcept { return static_cast<unsigned>(fd) < size_; }
  [[nodiscard]] descriptor_state& operator[](int fd) noexcept { return states_[fd]; }

  /// The number now means something else. Its place in the list, if any, stays: whoever takes it
  /// from there looks first.
  void forget(int fd) noexcept {
    descriptor_state& d = states_[fd];
    ++d.generation;
    d.watched = d.readable = d.ended = false;
  }

 private:
  static constexpr rlim_t most = 1 << 20;  // fs.nr_open's default; 32 MiB of addresses

  struct free_memory {
    void operator()(descriptor_state* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<descriptor_state[], free_memory> states_;
  std::size_t size_ = 0;
};

}  // namespace shoal::io
