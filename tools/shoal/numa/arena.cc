#include "numa/arena.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include "topology/text.h"

namespace shoal::numa {
namespace {

/// The number of kB behind "AnonHugePages:" of the mapping that holds `address`, as bytes.
std::uint64_t huge_bytes_at(std::istream& smaps, std::uintptr_t address) {
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) {
      inside = from <= address && address < to;
    }
    std::string_view rest = line;
    if (!inside || topology::take_word(rest) != "AnonHugePages:") continue;
    return topology::parse_number<std::uint64_t>(topology::take_word(rest)).value_or(0) * 1024;
  }
  return 0;
}

}  // namespace

result<arena> arena::reserve(std::uint64_t bytes, page_kind pages) {
  const std::uint64_t mapped = bytes + huge_page_bytes;
  void* const mapping = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    return system_error(errno, "cannot reserve " + std::to_string(bytes >> 20) + " MiB to measure");
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(mapping);
  auto* const data = reinterpret_cast<std::byte*>((begin + huge_page_bytes - 1) &
                                                  ~std::uintptr_t{huge_page_bytes - 1});
  // A kernel without transparent huge pages refuses both, and there the pages are small.
  static_cast<void>(
      ::madvise(data, bytes, pages == page_kind::huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE));
  return arena(mapping, mapped, data, bytes);
}

arena::arena(arena&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapped_(other.mapped_),
      data_(other.data_),
      bytes_(other.bytes_) {}

arena::~arena() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapped_);
}

void arena::touch() noexcept {
  for (std::uint64_t at = 0; at < bytes_; at += small_page_bytes) {
    *reinterpret_cast<volatile std::byte*>(data_ + at) = std::byte{1};
  }
}

double arena::huge_share() const {
  std::ifstream smaps("/proc/self/smaps");
  const auto huge = huge_bytes_at(smaps, reinterpret_cast<std::uintptr_t>(data_));
  return std::min(static_cast<double>(huge) / static_cast<double>(bytes_), 1.0);
}

std::optional<double> arena::share_on(unsigned node) const {
  constexpr std::size_t most = 512;
  std::array<void*, most> pages{};
  std::array<int, most> where{};
  const std::uint64_t all = std::max<std::uint64_t>(bytes_ / small_page_bytes, 1);
  const std::size_t count = std::min<std::uint64_t>(all, most);
  for (std::size_t i = 0; i < count; ++i) pages[i] = data_ + all * i / count * small_page_bytes;
  // Without a list of nodes it moves nothing and says where each page is.
  if (::syscall(SYS_move_pages, 0, count, pages.data(), nullptr, where.data(), 0) != 0) {
    return std::nullopt;
  }
  const auto there =
      std::count(where.begin(), where.begin() + static_cast<long>(count), static_cast<int>(node));
  return static_cast<double>(there) / static_cast<double>(count);
}

}  // namespace shoal::numa
