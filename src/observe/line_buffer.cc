#include "observe/line_buffer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace shoal::observe {
namespace {

constexpr std::string_view cut_mark = "...";

constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
constexpr auto plain = make_plain();

constexpr std::size_t bytes_of(escape form) noexcept { return form == escape::hex ? 4 : 6; }

}  // namespace

void line_buffer::put(char c) noexcept {
  if (size_ < bytes_.size()) bytes_[size_++] = c;
}

void line_buffer::put(std::string_view text) noexcept {
  const auto fits = std::min(text.size(), bytes_.size() - size_);
  std::memcpy(bytes_.data() + size_, text.data(), fits);
  size_ += fits;
}

void line_buffer::put_number(std::uint64_t n) noexcept {
  char digits[20];
  const char* const end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  put(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

field_pen::field_pen(line_buffer& line, escape form, std::size_t limit) noexcept
    : line_(line), form_(form), stop_(std::min(line.size_ + limit, line.bytes_.size())) {}

field_pen::~field_pen() {
  if (cut_) line_.put(cut_mark);
}

void field_pen::put(std::string_view text) noexcept {
  if (cut_) return;
  char* to = line_.bytes_.data() + line_.size_;
  char* const stop = line_.bytes_.data() + stop_;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t needed = plain[byte] ? 1 : bytes_of(form_);
    if (static_cast<std::size_t>(stop - to) < needed) {
      cut_ = true;
      break;
    }
    if (plain[byte]) {
      *to++ = c;
    } else {
      to = write_escape(to, byte);
    }
  }
  line_.size_ = static_cast<std::size_t>(to - line_.bytes_.data());
}

char* field_pen::write_escape(char* to, unsigned char c) const noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::string_view head = form_ == escape::hex ? "\\x" : "\\u00";
  to = std::copy(head.begin(), head.end(), to);
  *to++ = digits[c >> 4];
  *to++ = digits[c & 15];
  return to;
}

}  // namespace shoal::observe
