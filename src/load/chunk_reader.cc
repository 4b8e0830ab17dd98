#include "load/chunk_reader.h"

#include <algorithm>

namespace shoal::load {
namespace {

constexpr std::uint8_t most_digits = 15;  // 2^60 bytes: no sum of sizes overflows

int value_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string_view chunk_reader::next(std::string_view& piece) noexcept {
  while (!piece.empty() && at_ != place::data && at_ != place::end && at_ != place::wrong) {
    at_ = step(piece.front());
    if (at_ != place::wrong) piece.remove_prefix(1);
  }
  if (at_ != place::data) return {};
  const std::string_view run =
      piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece.size())));
  piece.remove_prefix(run.size());
  left_ -= run.size();
  if (left_ == 0) at_ = place::data_cr;
  return run;
}

chunk_reader::place chunk_reader::step(char c) noexcept {
  switch (at_) {
    case place::size:
      return step_size(c);
    case place::extension:
      return c == '\r' ? place::size_lf : overhead(place::extension);
    case place::size_lf:
      digits_ = 0;
      if (c != '\n') return place::wrong;
      return left_ == 0 ? place::trailer : place::data;
    case place::data_cr:
      return c == '\r' ? place::data_lf : place::wrong;
    case place::data_lf:
      return c == '\n' ? place::size : place::wrong;
    case place::trailer:
      return c == '\r' ? place::last_lf : overhead(place::trailer_line);
    case place::trailer_line:
      return c == '\r' ? place::trailer_lf : overhead(place::trailer_line);
    case place::trailer_lf:
      return c == '\n' ? place::trailer : place::wrong;
    case place::last_lf:
      return c == '\n' ? place::end : place::wrong;
    case place::data:
    case place::end:
    case place::wrong:
      break;
  }
  return place::wrong;
}

chunk_reader::place chunk_reader::step_size(char c) noexcept {
  if (const int digit = value_of(c); digit >= 0) {
    if (++digits_ > most_digits) return place::wrong;
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    return place::size;
  }
  if (digits_ == 0) return place::wrong;
  if (c == '\r') return place::size_lf;
  // White space before an extension is what some servers send behind a size.
  return c == ';' || c == ' ' || c == '\t' ? overhead(place::extension) : place::wrong;
}

chunk_reader::place chunk_reader::overhead(place next) noexcept {
  return ++overhead_ <= most_overhead ? next : place::wrong;
}

}  // namespace shoal::load
