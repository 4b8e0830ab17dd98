#include "status_text.h"

#include <algorithm>
#include <cstdio>

namespace shoal::tool {
namespace {

/// "3.4 MiB", "12 MiB".
std::string with_unit(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, value < 9.95 ? "%.1f %s" : "%.0f %s", value, unit);
  return text;
}

std::string pair_of_units(long long large, const char* unit, long long small, const char* part) {
  char text[64];
  std::snprintf(text, sizeof text, "%lld %s %lld %s", large, unit, small, part);
  return text;
}

void append_cell(std::string& line, std::string_view text, std::size_t width, bool left) {
  const std::string padding(width - text.size(), ' ');
  if (!left) line += padding;
  line += text;
  if (left) line += padding;
  line += "  ";
}

/// Bytes of the first character, or 0 if that is a control or no UTF-8. A terminal obeys not only
/// ESC: U+009B begins a sequence as well, and alone the byte does where text is not UTF-8.
std::size_t character(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) < 0x80) return at(0) >= 0x20 && at(0) != 0x7f ? 1 : 0;
  const std::size_t bytes = at(0) >= 0xf0 ? 4 : at(0) >= 0xe0 ? 3 : 2;
  if (at(0) < 0xc2 || at(0) > 0xf4 || text.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  return at(0) == 0xc2 && at(1) < 0xa0 ? 0 : bytes;
}

}  // namespace

std::string format_duration(nanoseconds duration) {
  const auto ns = static_cast<double>(duration.count());
  const auto seconds = duration.count() / 1'000'000'000;
  if (ns < 1e6) return std::to_string((duration.count() + 500) / 1000) + " us";
  if (ns < 1e9) return with_unit(ns / 1e6, "ms");
  if (seconds < 60) return with_unit(ns / 1e9, "s");
  if (seconds < 3600) return pair_of_units(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return pair_of_units(seconds / 3600, "h", seconds / 60 % 60, "min");
  return pair_of_units(seconds / 86400, "d", seconds / 3600 % 24, "h");
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1024;
  for (const char* unit : {"KiB", "MiB", "GiB"}) {
    if (value < 1024) return with_unit(value, unit);
    value /= 1024;
  }
  return with_unit(value, "TiB");
}

std::string format_share(double share) {
  char text[32];
  const double percent = share * 100;
  std::snprintf(text, sizeof text, percent > 0.04 && percent < 99.95 ? "%.1f %%" : "%.0f %%",
                percent);
  return text;
}

std::string format_count(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t bytes = character(text);
    safe += bytes == 0 ? "?" : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return safe;
}

std::vector<std::string> align(const std::vector<column>& columns, const std::vector<cells>& rows) {
  std::vector<std::size_t> widths;
  for (const column& c : columns) widths.push_back(c.heading.size());
  for (const cells& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::vector<std::string> lines(rows.size() + 1);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    append_cell(lines[0], columns[i].heading, widths[i], columns[i].left);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      append_cell(lines[r + 1], rows[r][i], widths[i], columns[i].left);
    }
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

}  // namespace shoal::tool
