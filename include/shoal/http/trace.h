#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/http/hooks.h"

namespace shoal {

/// Where a request belongs among all that one user's action has caused (W3C Trace Context).
/// Handlers have it by context::get<trace_context>().
struct trace_context {
  std::array<char, 32> trace_id{};   ///< of the whole; lower-case hex, never all zeros
  std::array<char, 16> span_id{};    ///< of this request here
  std::array<char, 16> parent_id{};  ///< of the caller's span; all '\0' if there is none
  std::uint8_t flags = 0;            ///< bit 0: the caller records
  std::string state;                 ///< tracestate, as it came

  [[nodiscard]] std::string_view trace() const noexcept {
    return {trace_id.data(), trace_id.size()};
  }
  [[nodiscard]] std::string_view span() const noexcept { return {span_id.data(), span_id.size()}; }
  [[nodiscard]] bool has_parent() const noexcept { return parent_id[0] != '\0'; }
  [[nodiscard]] bool sampled() const noexcept { return (flags & 1) != 0; }

  /// For requests that this one makes: their traceparent field. `state` goes along as tracestate.
  [[nodiscard]] std::string traceparent() const;
};

/// "00-<32 hex>-<16 hex>-<2 hex>", exactly: trace id, parent id and flags are set. nullopt for
/// other versions, upper-case digits and ids of zeros alone.
[[nodiscard]] std::optional<trace_context> parse_traceparent(std::string_view text) noexcept;

struct trace_options {
  /// Take the client's X-Request-Id if it is 1 to 128 token characters. False at the edge, where
  /// anybody could choose what stands in the log.
  bool accept_request_id = true;
  /// Take up the client's trace. False: each request begins one.
  bool accept_trace = true;
  /// Bit 0 of a trace that begins here.
  bool sampled = false;
};

namespace detail {
void begin_trace(context& c, const trace_options& options);
void name_request(context& c, response& r);
}  // namespace detail

/// Adds both hooks to an app or a group: a request's id (taken or made) is the log's, stands in
/// problem answers and goes back as X-Request-Id; its trace_context is there for handlers.
///
/// Cost      an allocation for a request
template <typename Scope>
void trace_requests(Scope& scope, const trace_options& options = {}) {
  scope.before([options](context& c) -> std::optional<response> {
    detail::begin_trace(c, options);
    return std::nullopt;
  });
  scope.after([](context& c, response& r) { detail::name_request(c, r); });
}

}  // namespace shoal
