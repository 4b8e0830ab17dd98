#pragma once

#include <chrono>
#include <cstdint>

#include "shoal/compute/work_class.h"

namespace shoal {

/// Where a handler runs. docs/why/where_handlers_run.md says what it may keep across an await.
enum class run : std::uint8_t {
  /// On its worker's loop, until it has held that for longer than options.offload_after; then as
  /// `offload` (or on a thread for calls that sleep, if it sleeps), until it takes less than half
  /// as long. Never for a handler that reaches the state of its worker.
  automatic,
  /// On its worker's loop, however long it takes.
  inlined,
  /// On the node process's compute pool. Its awaits happen on its worker; after the request's
  /// body, sleep(), yield() and blocking() it goes back to the pool, after all others it stays.
  offload,
};

/// What a route says besides its handler:
///
///   app.get<"/report/{year}">(report, {shoal::run::offload});
///   app.get<"/mine">(mine, {.where = shoal::run::offload, .work = shoal::work_class::bulk});
struct route_options {
  run where = run::automatic;
  /// Among those that wait for the compute pool.
  work_class work = work_class::latency;
  /// From the request's head to its answer, for handlers on other threads: a request that cannot
  /// make it is answered 503 with Retry-After, before its body is read. 0: it waits for ever.
  std::chrono::milliseconds deadline{10'000};
};

}  // namespace shoal
