// A line of the access log for each answered request: what it says and what it never says.
//
// Common and combined are Apache's formats, which every log reader knows; a JSON line is an object
// with more in it. None has a field that could hold credentials: no Authorization, no Cookie, and
// of a query the names alone unless somebody asks for the values.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "observe/line_buffer.h"

namespace shoal::observe {

using wall_time = std::chrono::system_clock::time_point;

/// Views of what a connection holds while it answers. An empty view: there is none.
struct access_record {
  wall_time when;                  ///< of the answer
  std::string_view remote;         ///< the client's address
  std::string_view method;         ///< empty: what came was no request
  std::string_view target;         ///< as sent
  std::uint8_t minor_version = 1;  ///< of HTTP/1
  std::string_view host;
  std::string_view referer;
  std::string_view user_agent;
  std::string_view request_id;
  int status = 0;
  std::uint64_t body_bytes = 0;  ///< sent, without the head
  nanoseconds took{0};
};

enum class access_format : std::uint8_t { common, combined, json };

/// "common", "combined" or "json".
[[nodiscard]] std::optional<access_format> parse_access_format(std::string_view name) noexcept;

/// Of a query, in target and Referer: "?id=*&page=*", or all of it.
enum class query_shown : std::uint8_t { names, values };

/// "names" or "values".
[[nodiscard]] std::optional<query_shown> parse_query_shown(std::string_view name) noexcept;

/// Threads: one. Cost: no allocation, no system call; the date is made anew once a second.
class access_formatter final {
 public:
  explicit access_formatter(access_format format, query_shown query = query_shown::names) noexcept
      : format_(format), query_(query) {}

  /// With its line feed. Valid until the next call. A field that is too long is cut and ends in
  /// "...".
  [[nodiscard]] std::string_view line(const access_record& of) noexcept;

 private:
  void write_text(const access_record& of) noexcept;
  void write_json(const access_record& of) noexcept;
  void write_request(const access_record& of) noexcept;
  void write_quoted(std::string_view text, std::size_t limit) noexcept;
  void write_member(std::string_view key, std::string_view text, std::size_t limit) noexcept;
  void write_uri(std::string_view uri, std::size_t limit) noexcept;
  void set_second(std::chrono::sys_seconds second) noexcept;

  const access_format format_;
  const query_shown query_;
  std::chrono::sys_seconds second_{std::chrono::seconds::min()};  // that date_ shows
  std::array<char, 32> date_{};
  std::size_t date_bytes_ = 0;
  line_buffer line_;
};

}  // namespace shoal::observe
