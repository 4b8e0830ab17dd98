#include "shoal/http/trace.h"

#include <algorithm>

#include "base/random.h"
#include "http/ascii.h"
#include "http/chars.h"

namespace shoal {
namespace {

constexpr std::size_t request_id_bytes_max = 128;
constexpr std::size_t state_bytes_max = 512;  // W3C Trace Context 3.3.1.1: keep at least so many

/// One for each worker's thread, which begins after the fork. Ids have to differ, not to be secret.
random_source& ids() {
  thread_local random_source source(draw_seed());
  return source;
}

bool is_lower_hex(char c) noexcept { return http::is_digit(c) || (c >= 'a' && c <= 'f'); }

/// Takes `Size` hex digits off the front.
template <std::size_t Size>
bool take_hex(std::string_view& text, std::array<char, Size>& to) noexcept {
  if (text.size() < Size || !std::all_of(text.begin(), text.begin() + Size, is_lower_hex))
    return false;
  std::copy_n(text.begin(), Size, to.begin());
  text.remove_prefix(Size);
  return true;
}

bool take_hyphen(std::string_view& text) noexcept {
  if (text.empty() || text.front() != '-') return false;
  text.remove_prefix(1);
  return true;
}

template <std::size_t Size>
bool is_zero(const std::array<char, Size>& id) noexcept {
  return std::all_of(id.begin(), id.end(), [](char c) { return c == '0'; });
}

template <std::size_t Size>
void draw(std::array<char, Size>& id) {
  constexpr std::string_view digits = "0123456789abcdef";
  do {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < Size; ++i, bits >>= 4) {
      if (i % 16 == 0) bits = ids().next();
      id[i] = digits[bits & 15];
    }
  } while (is_zero(id));
}

bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= request_id_bytes_max &&
         std::all_of(text.begin(), text.end(), http::is_token_char);
}

/// All values of the field, joined; nullopt if there is none.
std::optional<std::string> joined(const context& c, std::string_view field) {
  std::optional<std::string> all;
  for (std::size_t i = 0; i < c.header_count(); ++i) {
    const auto [name, value] = c.header_at(i);
    if (!http::equals_ignoring_case(name, field)) continue;
    if (all) {
      all->append(",").append(value);
    } else {
      all.emplace(value);
    }
  }
  return all;
}

/// The caller's, or a new one. Two traceparent fields joined are none.
trace_context trace_of(const context& c, const trace_options& options) {
  std::optional<trace_context> trace;
  if (options.accept_trace) {
    if (const auto parent = joined(c, "traceparent")) trace = parse_traceparent(*parent);
  }
  if (trace) {
    auto state = joined(c, "tracestate").value_or(std::string());
    if (state.size() <= state_bytes_max) trace->state = std::move(state);
  } else {
    trace.emplace();
    draw(trace->trace_id);
    trace->flags = options.sampled ? 1 : 0;
  }
  draw(trace->span_id);
  return *std::move(trace);
}

}  // namespace

std::optional<trace_context> parse_traceparent(std::string_view text) noexcept {
  trace_context trace;
  std::array<char, 2> version{}, flags{};
  const bool whole = take_hex(text, version) && take_hyphen(text) &&
                     take_hex(text, trace.trace_id) && take_hyphen(text) &&
                     take_hex(text, trace.parent_id) && take_hyphen(text) &&
                     take_hex(text, flags) && text.empty();
  if (!whole || !is_zero(version) || is_zero(trace.trace_id) || is_zero(trace.parent_id))
    return std::nullopt;
  trace.flags =
      static_cast<std::uint8_t>(http::hex_value(flags[0]) << 4 | http::hex_value(flags[1]));
  return trace;
}

std::string trace_context::traceparent() const {
  std::string text = "00-";
  text.append(trace()).append("-").append(span());
  return text.append(sampled() ? "-01" : "-00");  // version 00 has no other flag to pass on
}

void detail::begin_trace(context& c, const trace_options& options) {
  if (options.accept_request_id) {
    const auto id = c.header("x-request-id");
    if (id && is_request_id(*id)) c.set_request_id(*id);
  }
  c.set(trace_of(c, options));
}

void detail::name_request(context& c, response& r) { r.set_header("X-Request-Id", c.request_id()); }

}  // namespace shoal
