#include "shm/segment.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace shoal::shm {
namespace {

// Younger than the headers of Debian 12 (Linux 6.3). Where vm.memfd_noexec is 2 it is required.
constexpr unsigned mfd_noexec_seal = 0x0008U;

int create_memfd(const std::string& name) noexcept {
  const int fd = ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | mfd_noexec_seal);
  if (fd >= 0 || errno != EINVAL) return fd;
  return ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int allocate(int fd, std::size_t bytes) noexcept {
  int failure = 0;
  do {
    failure = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  } while (failure == EINTR);
  return failure;
}

}  // namespace

mapping::mapping(mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

mapping& mapping::operator=(mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

mapping::~mapping() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

result<mapping> mapping::map(int fd, std::size_t bytes, int protection) {
  void* const at = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return system_error(errno, "cannot map shared memory");
  return mapping(static_cast<std::byte*>(at), bytes);
}

result<mapping> mapping::read_only(int fd, std::size_t bytes) { return map(fd, bytes, PROT_READ); }

result<mapping> mapping::read_write(int fd, std::size_t bytes) {
  return map(fd, bytes, PROT_READ | PROT_WRITE);
}

result<void> mapping::make_private() const noexcept {
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  void* const copy = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (copy == MAP_FAILED) return system_error(errno, "cannot copy shared memory");
  std::memcpy(copy, data_, bytes_);
  // Another thread meets either the one or the other, never a gap.
  constexpr int here = MREMAP_MAYMOVE | MREMAP_FIXED;
  if (::mremap(copy, bytes_, bytes_, here, static_cast<void*>(data_)) != MAP_FAILED) return {};
  const auto failure = system_error(errno, "cannot put a copy in the place of shared memory");
  ::munmap(copy, bytes_);
  return failure;
}

result<segment> segment::create(const std::string& name, std::size_t bytes,
                                const std::function<void(std::byte*)>& place) {
  descriptor file(create_memfd(name));
  if (!file) return system_error(errno, "cannot create shared memory " + name);
  auto map = mapping::read_write(file.get(), bytes);
  if (!map) return map.error();
  if (place) place(map.value().data());
  if (const int failure = allocate(file.get(), bytes); failure != 0)
    return system_error(
        failure, "cannot allocate " + std::to_string(bytes) + " bytes of shared memory " + name);
  return segment(std::move(file), std::move(map).value());
}

result<void> segment::seal() {
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
  if (::fcntl(file_.get(), F_ADD_SEALS, seals) != 0)
    return system_error(errno, "cannot seal shared memory");
  return {};
}

bool is_sealed(int fd) noexcept {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

}  // namespace shoal::shm
