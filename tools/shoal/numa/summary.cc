#include "numa/summary.h"

#include <algorithm>

#include "numa/answer.h"
#include "numa/tables.h"

namespace shoal::numa {
namespace {

/// Characters, of which some have several bytes ("µ", "×").
std::size_t width_of(const std::string& text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line = " ";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += " " + cells[i] + std::string(widths[i] - width_of(cells[i]) + 1, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

/// "" of a table without rows.
std::string block(const std::string& title, const bench::table& t) {
  if (t.rows.empty()) return "";
  std::vector<std::size_t> widths(t.headings.size());
  const auto fit = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(cells[i]));
    }
  };
  fit(t.headings);
  for (const auto& row : t.rows) fit(row);
  std::string text = "\n" + title + (t.caption.empty() ? "" : ": " + t.caption) + "\n";
  text += line_of(t.headings, widths);
  for (const auto& row : t.rows) text += line_of(row, widths);
  return text;
}

}  // namespace

std::string to_text(const study& all) {
  std::string text;
  for (const auto& sentence : answer(all)) text += sentence + "\n";
  if (all.memory) {
    text += block("Memory", working_set_table(*all.memory, all.cores, true));
    text += block("By node", matrix_table(*all.memory));
    text += block("Together", together_table(*all.memory));
    text += block("First touch", touch_table(*all.memory));
  }
  if (all.handoff) text += block("Hand-off", pair_table(*all.handoff));
  if (all.server) text += block("Server", arrangement_table(*all.server));
  if (!all.unseen.empty()) {
    text += "\nNot seen\n";
    for (const auto& each : all.unseen) text += "  " + each + "\n";
  }
  return text + "\n";
}

}  // namespace shoal::numa
