// On which NUMA nodes the pages of a process lie, by what they are for: the kernel's own answer to
// what a plan has asked for.
//
// Two answers together. /proc/<pid>/numa_maps counts the pages of each mapping by node, and has no
// name for most of them; move_pages(2), asked to move nothing, says for each page of a range where
// it is. Who knows its own ranges (stacks, buffers) names them and has them asked about page by
// page; the rest of their mappings, and all others, are counted as the kernel counts them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::topology {

enum class page_kind : std::uint8_t {
  heap,     ///< heaps of threads, as glibc makes them
  stacks,   ///< of threads that are named
  rings,    ///< of io_uring
  buffers,  ///< that are named
  slots,    ///< of shared memory, that are named: what the process's own workers write
  shared,   ///< the rest of what the processes of a cluster share
  program,  ///< files, and the main heap and stack: partly from before the fork
  other
};
inline constexpr std::size_t page_kinds = 8;

[[nodiscard]] std::string_view name_of(page_kind kind) noexcept;

/// Begin and end of something that is known.
struct page_range {
  page_kind kind = page_kind::other;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// Pages of 4 KiB by node, in the order in which the nodes were given.
using node_pages = std::vector<std::uint64_t>;

struct page_places {
  std::array<node_pages, page_kinds> pages;

  [[nodiscard]] const node_pages& of(page_kind kind) const noexcept {
    return pages[static_cast<std::size_t>(kind)];
  }
};

/// The node of each page of a range that is there; the others are left out.
using page_query = std::function<std::vector<unsigned>(const page_range& where)>;

/// Of this process, by move_pages(2) in chunks of 1,024 pages: some 50 us each. Empty where the
/// kernel does not say (ENOSYS, EPERM).
[[nodiscard]] std::vector<unsigned> ask_kernel(const page_range& where);

/// From what numa_maps says; `nodes` are ids. Pages on other nodes are not counted, and what does
/// not look like a mapping is passed over: the file is the kernel's, and grows.
[[nodiscard]] page_places count_pages(std::string_view numa_maps, std::span<const unsigned> nodes,
                                      std::span<const page_range> known, const page_query& ask);

/// Of this process. The error names the file: a kernel without CONFIG_NUMA has none. Walks all
/// pages: some 2 ms for each GiB that is resident. Threads: any.
[[nodiscard]] result<page_places> read_page_places(std::span<const unsigned> nodes,
                                                   std::span<const page_range> known);

/// Of the calling thread.
[[nodiscard]] page_range stack_of_this_thread() noexcept;

/// How many of `pages` lie on nodes that are marked, in thousandths. 1000 for none.
[[nodiscard]] unsigned permille_on(const node_pages& pages, const std::vector<bool>& marked);

}  // namespace shoal::topology
