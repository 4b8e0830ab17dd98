// What `shoal numa` has measured, as plain data: the parts fill it, results.json is it, and
// sentences, summary and report read nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/estimate.h"
#include "bench/results.h"

namespace shoal::numa {

using bench::estimate;

/// A level of caches for data, as one core has it.
struct cache_level {
  unsigned level = 1;
  std::uint64_t bytes = 0;
  unsigned shared_by = 1;  ///< cores
};

/// Where a core stands among the others.
struct core_place {
  unsigned id = 0;
  unsigned node = 0;
  unsigned package = 0;
  unsigned llc = 0;                 ///< the lowest core that shares its last-level cache
  unsigned physical = 0;            ///< the lowest hardware thread of its physical core
  std::vector<cache_level> caches;  ///< upwards; empty if the kernel does not say
};

/// With huge pages a walk misses the caches alone, with small ones the TLB as well.
enum class page_kind : std::uint8_t { small, huge };

struct latency_point {
  std::uint64_t bytes = 0;
  estimate ns;  ///< of one load that waits for the one before
};

/// One core, memory of one node, by working set.
struct latency_curve {
  unsigned cpu = 0;
  unsigned memory_node = 0;
  page_kind pages = page_kind::small;
  double huge_share = 0;  ///< of the largest working set, that the kernel has put on huge pages
  std::vector<latency_point> points;
};

/// Bytes a second. A copy counts what is copied once.
struct bandwidth {
  estimate read;
  estimate write;
  estimate copy;
};

struct bandwidth_point {
  std::uint64_t bytes = 0;
  bandwidth rate;
};

/// From the cores of one node to the memory of one: of the largest working set.
struct memory_cell {
  unsigned cpu_node = 0;
  unsigned memory_node = 0;
  unsigned cpu = 0;    ///< that was alone
  unsigned cores = 1;  ///< that were together
  double placed = -1;  ///< share of the pages that lie there; -1: the kernel does not say
  estimate latency_ns;
  bandwidth alone;
  bandwidth together;
};

/// What a page costs when it is touched first.
struct first_touch {
  page_kind pages = page_kind::small;
  unsigned cpu_node = 0;
  unsigned memory_node = 0;
  std::uint64_t page_bytes = 0;
  estimate ns;  ///< for a page
};

struct memory_findings {
  std::uint64_t largest_bytes = 0;  ///< working set
  std::vector<latency_curve> latency;
  std::vector<bandwidth_point> bandwidth_curve;  ///< of one core, in its own node's memory
  unsigned bandwidth_cpu = 0;
  std::vector<memory_cell> matrix;
  std::vector<first_touch> touches;
};

/// How near two cores are to each other.
enum class nearness : std::uint8_t { siblings, cache, node, package, apart };

struct handoff_pair {
  unsigned a = 0;
  unsigned b = 0;
  nearness how = nearness::cache;
  estimate line_ns;  ///< from a write by one to where the other one has seen it
  estimate wake_ns;  ///< from a write to an eventfd until another that slept has come back
};

struct handoff_findings {
  std::vector<unsigned> cores;  ///< of the pairs, ascending
  unsigned of_cores = 0;        ///< that there were to choose from
  std::vector<handoff_pair> pairs;
};

/// An arrangement of the server: the words that a contender's name stands for.
struct arrangement {
  std::string name;                 ///< as in `server.points`
  std::vector<std::string> flags;   ///< of a server
  std::string says;                 ///< what it is, in a few words
  std::string against = "default";  ///< with which it is compared
};

struct server_findings {
  std::vector<unsigned> cores;  ///< of the server
  unsigned generator = 0;
  std::vector<arrangement> arrangements;
  bench::results measured;
};

struct study {
  std::string plan;   ///< "quick" or "full"
  std::string began;  ///< UTC, RFC 3339
  double seconds = 0;
  bool complete = true;
  std::string ended_by;  ///< why, if not complete
  std::vector<bench::fact> machine;
  std::string drawing;  ///< of the machine, an SVG file; "": there is none. Not in results.json
  unsigned nodes = 1;   ///< that have memory
  std::vector<core_place> cores;    ///< that were used, ascending
  std::vector<std::string> unseen;  ///< whole sentences: what could not be seen, and why
  double others = 0;                ///< of the machine's time: what others have used meanwhile
  std::optional<memory_findings> memory;
  std::optional<handoff_findings> handoff;
  std::optional<server_findings> server;
};

}  // namespace shoal::numa
