#include "io/uring/buffer_ring.h"

#include <sys/mman.h>

#include <cerrno>

namespace shoal::io::uring {

buffer_ring::~buffer_ring() {
  if (ring_ != nullptr) ::munmap(ring_, mapped_);
}

int buffer_ring::open(io_uring& ring, unsigned count, unsigned bytes_each) noexcept {
  // One mapping: the entries, then from the next page on the buffers.
  constexpr std::size_t page = 4096;
  const std::size_t entries = (count * sizeof(io_uring_buf) + page - 1) / page * page;
  const std::size_t mapped = entries + std::size_t{count} * bytes_each;
  void* memory =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -errno;
  ring_ = static_cast<io_uring_buf_ring*>(memory);
  mapped_ = mapped;
  // The kernel has pinned the entries' pages: a child that touched them first would leave the
  // parent with a copy that the kernel does not read.
  if (::madvise(memory, mapped, MADV_DONTFORK) != 0) return -errno;
  buffers_ = static_cast<std::byte*>(memory) + entries;
  bytes_each_ = bytes_each;
  mask_ = static_cast<std::uint16_t>(count - 1);

  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
  registration.ring_entries = count;
  registration.bgid = group;
  if (const int code = io_uring_register_buf_ring(&ring, &registration, 0); code != 0) return code;
  for (unsigned i = 0; i < count; ++i) {
    ring_->bufs[i].len = bytes_each;
    give_back(i);
  }
  publish();
  return 0;
}

}  // namespace shoal::io::uring
