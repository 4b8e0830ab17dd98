// One line of a log while it is written. Whatever a client sends becomes printable ASCII: a log is
// read with cat, and a byte below 0x20 or above 0x7e there could be an order to the terminal
// (CVE-2009-4487), a quotation mark the end of a field and a line feed a forged line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shoal::observe {

/// No line is longer: what a pipe takes whole or not at all (PIPE_BUF), so that lines of several
/// processes never mix.
inline constexpr std::size_t max_line_bytes = 4096;

/// How a byte that is not plain is shown: \x22 or, in JSON, \u0022. A byte beyond ASCII is taken
/// for the Latin-1 character that it was when HTTP was written, so nothing is lost.
enum class escape : std::uint8_t { hex, json };

class line_buffer final {
 public:
  void clear() noexcept { size_ = 0; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

  // What is ours and plain. Beyond max_line_bytes it is cut.
  void put(char c) noexcept;
  void put(std::string_view text) noexcept;
  void put_number(std::uint64_t n) noexcept;

 private:
  friend class field_pen;

  std::array<char, max_line_bytes> bytes_;  // size_ of them
  std::size_t size_ = 0;
};

/// Writes a field that came from outside, of `limit` bytes at most as they are shown; "..." says
/// that there was more, and comes on top.
class field_pen final {
 public:
  field_pen(line_buffer& line, escape form, std::size_t limit) noexcept;
  ~field_pen();
  field_pen(const field_pen&) = delete;
  field_pen& operator=(const field_pen&) = delete;

  void put(std::string_view text) noexcept;

 private:
  [[nodiscard]] char* write_escape(char* to, unsigned char c) const noexcept;

  line_buffer& line_;
  const escape form_;
  const std::size_t stop_;  // in line_.bytes_
  bool cut_ = false;
};

}  // namespace shoal::observe
