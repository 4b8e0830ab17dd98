#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "http/parser.h"

namespace shoal::http {

/// A request that has its answer: the whole of it is with the driver, or its connection has ended.
/// Views live for the call.
struct answered_request {
  const head* request = nullptr;  ///< nullptr: what came was none
  int status = 0;                 ///< that was sent
  std::uint64_t body_bytes = 0;   ///< of the answer, without head and framing
  nanoseconds took{0};            ///< from the head's last byte; by the wall clock, never below 0
  std::string_view remote;        ///< "127.0.0.1", "::1"; empty where it is not known
  std::string_view request_id;    ///< empty where nobody has asked for it
};

/// Told once about each. Runs on the request path: no lock, no allocation, no blocking call.
/// Threads: the server's.
class request_observer {
 public:
  virtual void answered(const answered_request&) noexcept = 0;

 protected:
  ~request_observer() = default;
};

}  // namespace shoal::http
