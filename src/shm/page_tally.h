// Where the pages of a node process lie and where its workers run in fact, for whoever shows it.
//
//   writers  the main thread of the node process, every few seconds: all but the last two words of
//            each worker, which are its own
//   readers  the supervisor and any worker, at any time, without locks
//
// As with a tally (tally.h): inherited by fork, no format, each word a claim.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "shm/load_slot.h"
#include "shm/worker_table.h"

namespace shoal::shm {

inline constexpr std::size_t page_tally_kinds = 8;

/// Of machine::nodes, in their order. Machines with more exist; the pages of the others are not
/// shown.
inline constexpr std::size_t page_tally_nodes = 32;

/// Of one worker; what is the process's stands with its first worker.
struct alignas(4096) page_tally {
  static constexpr const char* segment_name = "shoal.pages";

  word looked_ns;        ///< CLOCK_MONOTONIC; 0: nobody has looked. The process's
  word remote_permille;  ///< of pages that have a plan, on other nodes. The process's
  word pages[page_tally_kinds][page_tally_nodes];  ///< of 4 KiB. The process's
  word core;        ///< that the worker ran on last, and one; 0: not known
  word migrations;  ///< of the worker from core to core, and one; 0: not known
  word near;        ///< times that the worker looked where a connection's packets come in: here,
  word far;         ///< or on the NUMA node of others
};
static_assert(sizeof(page_tally) == 4096);

using page_table = worker_table<page_tally>;

struct page_view {
  std::uint64_t looked_ns = 0;
  double remote_share = 0;  ///< 0 .. 1
  std::array<std::array<std::uint64_t, page_tally_nodes>, page_tally_kinds> pages{};
  std::optional<std::uint64_t> core;
  std::optional<std::uint64_t> migrations;
  std::uint64_t near = 0;
  std::uint64_t far = 0;
};

/// A word that cannot be true reads as 0.
[[nodiscard]] page_view read_pages(const page_tally& t) noexcept;

}  // namespace shoal::shm
