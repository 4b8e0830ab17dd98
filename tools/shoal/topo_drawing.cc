#include "topo_drawing.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "status_text.h"
#include "topology/text.h"

namespace shoal::tool {
namespace {

using topology::core_kind;

constexpr std::size_t columns_min = 40;

struct glyphs {
  std::string_view top_left, top_right, bottom_left, bottom_right, across, down;
};
constexpr glyphs utf8_glyphs = {"┌", "┐", "└", "┘", "─", "│"};
constexpr glyphs ascii_glyphs = {"+", "+", "+", "+", "-", "|"};

std::string repeated(std::string_view glyph, std::size_t times) {
  std::string text;
  for (; times > 0; --times) text += glyph;
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

void append_wrapped(std::string& out, std::string_view text, std::size_t width,
                    std::size_t margin = 0) {
  for (const auto& line : wrapped(text, width - margin, 2)) {
    out += std::string(margin, ' ') + line + "\n";
  }
}

/// What stands below the cores of a machine.
class marks final {
 public:
  explicit marks(const topo_view& view) : view_(view) {
    for (const auto& seat : seats_of(view.plan)) {
      if (!seat.place.pinned) continue;
      std::string& mark = by_core_[seat.place.core];
      if (mark.empty()) {
        mark = "w" + std::to_string(seat.worker);
      } else if (!mark.ends_with('+')) {
        mark += '+';
        shared_ = true;
      }
    }
    for (const auto& core : view.machine.cores) {
      width_ = std::max({width_, std::to_string(core.id).size(), of(core.id).size()});
      forbidden_ = forbidden_ || !is_allowed(view.limits, core.id);
    }
  }

  [[nodiscard]] std::string of(unsigned core) const {
    if (!is_allowed(view_.limits, core)) return "x";
    const auto found = by_core_.find(core);
    return found == by_core_.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] bool pinned() const noexcept { return !by_core_.empty(); }
  [[nodiscard]] bool shared() const noexcept { return shared_; }
  [[nodiscard]] bool forbidden() const noexcept { return forbidden_; }

 private:
  const topo_view& view_;
  std::map<unsigned, std::string> by_core_;
  std::size_t width_ = 1;
  bool shared_ = false;
  bool forbidden_ = false;
};

struct cell {
  std::string cores;  ///< "P[0 1]"
  std::string below;  ///< "  w0 w1 ", as wide
};

cell cell_of(const std::vector<topology::core>& threads, const marks& known) {
  const auto kind = threads.front().kind;
  cell made{kind == core_kind::performance ? "P[" : kind == core_kind::efficiency ? "E[" : "[", ""};
  made.below = std::string(made.cores.size(), ' ');
  for (const auto& core : threads) {
    const bool first = core.id == threads.front().id;
    const auto id = std::to_string(core.id);
    made.cores += (first ? "" : " ") + right(id, known.width());
    made.below += (first ? "" : " ") + right(known.of(core.id), known.width());
  }
  made.cores += "]";
  made.below += " ";
  return made;
}

/// "package 1 cache 8 ": as much of it as tells groups of the machine apart.
std::string label_of(const cache_group& group, bool with_package, bool with_cache) {
  return (with_package ? "package " + std::to_string(group.package) + " " : std::string()) +
         (with_cache ? "cache " + std::to_string(group.llc) + " " : std::string());
}

/// A cache's name, then its cores, as many side by side as have room.
void append_group(std::vector<std::string>& lines, const std::string& label,
                  const cache_group& group, const marks& known, std::size_t width) {
  const std::string blank(label.size(), ' ');
  std::string cores = label;
  std::string below = blank;
  const auto flush = [&] {
    for (std::string* line : {&cores, &below}) {
      line->erase(line->find_last_not_of(' ') + 1);
      if (!line->empty()) lines.push_back(*line);
    }
  };
  for (const auto& threads : group.physical) {
    const cell next = cell_of(threads, known);
    if (cores.size() > label.size() && cores.size() + next.cores.size() > width) {
      flush();
      cores = below = blank;
    }
    cores += next.cores + " ";
    below += next.below + " ";
  }
  flush();
}

std::vector<std::string> lines_of_node(const topo_view& view, const topology::numa_node& node,
                                       const marks& known, std::size_t width) {
  std::vector<std::string> lines;
  for (const auto& words : huge_pages_in_words(node)) {
    for (const auto& line : wrapped(words, width, 2)) lines.push_back(line);
  }
  const auto groups = cache_groups(view.machine, node.id);
  const bool with_package = packages_of(view.machine, node.id).size() > 1;
  const bool with_cache = has_several_caches(view.machine);
  std::size_t widest = 0;
  for (const auto& group : groups)
    widest = std::max(widest, label_of(group, with_package, with_cache).size());
  for (const auto& group : groups) {
    const auto label = padded(label_of(group, with_package, with_cache), widest);
    append_group(lines, label, group, known, width);
  }
  if (groups.empty()) lines.push_back("memory alone, no cores");
  return lines;
}

std::string title_of(const topo_view& view, const topology::numa_node& node) {
  std::string title = "node " + std::to_string(node.id);
  const auto packages = packages_of(view.machine, node.id);
  if (packages.size() == 1 && packages_of(view.machine).size() > 1)
    title += ", package " + std::to_string(packages.front());
  title += node.memory_bytes > 0 ? ", " + format_bytes(node.memory_bytes) : ", no memory";
  return title;
}

void append_boxes(std::string& out, const topo_view& view, const marks& known,
                  const drawing_style& style) {
  const glyphs& g = style.utf8 ? utf8_glyphs : ascii_glyphs;
  const std::size_t room = style.columns - 4;
  std::vector<std::pair<std::string, std::vector<std::string>>> boxes;
  std::size_t width = 0;
  for (const auto& node : view.machine.nodes) {
    boxes.emplace_back(title_of(view, node), lines_of_node(view, node, known, room));
    width = std::max(width, boxes.back().first.size() + 1);
    for (const auto& line : boxes.back().second) width = std::max(width, line.size());
  }
  for (const auto& [title, lines] : boxes) {
    out.append(g.top_left).append(g.across).append(" ").append(title).append(" ");
    out.append(repeated(g.across, width - title.size() - 1)).append(g.top_right).append("\n");
    for (const auto& line : lines) {
      out.append(g.down).append(" ").append(padded(line, width)).append(" ");
      out.append(g.down).append("\n");
    }
    out.append(g.bottom_left).append(repeated(g.across, width + 2)).append(g.bottom_right);
    out += '\n';
  }
}

/// What the boxes' signs mean, as far as they are there.
std::string legend(const topo_view& view, const marks& known) {
  std::string text;
  const auto add = [&](bool here, const char* words) {
    if (here) text.append(text.empty() ? "" : "; ").append(words);
  };
  const auto& cores = view.machine.cores;
  add(std::any_of(cores.begin(), cores.end(), [](const auto& c) { return c.thread > 0; }),
      "[ ] threads of one core");
  add(std::any_of(cores.begin(), cores.end(),
                  [](const auto& c) { return c.kind != core_kind::unknown; }),
      "P performance, E efficiency");
  add(known.pinned(), "w0 where worker 0 is pinned");
  add(known.shared(), "+ and others");
  add(known.forbidden(), "x not ours to use");
  return text;
}

void append_distances(std::string& out, const topology::machine& machine) {
  const auto& nodes = machine.nodes;
  if (nodes.size() < 2 || nodes.front().distances.empty()) return;
  std::vector<std::string> ids;
  for (const auto& node : nodes) ids.push_back(std::to_string(node.id));
  std::vector<column> columns = {{.heading = "distance"}};
  for (const auto& id : ids) columns.push_back({.heading = id});
  std::vector<cells> rows;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    rows.push_back({ids[i]});
    for (const unsigned distance : nodes[i].distances) rows[i].push_back(std::to_string(distance));
  }
  out += '\n';
  for (const auto& line : align(columns, rows)) out += line + "\n";
}

void append_nics(std::string& out, const topo_view& view, std::size_t width) {
  for (const auto& nic : view.nics) {
    out += '\n';
    append_wrapped(out, "network " + nic_in_words(nic), width);
    std::string interrupts;
    for (const auto& words : interrupts_in_words(nic))
      interrupts += (interrupts.empty() ? "interrupts of " : ", ") + words;
    if (!interrupts.empty()) append_wrapped(out, interrupts, width, 2);
  }
}

void append_plan(std::string& out, const topo_view& view, std::size_t width) {
  out += '\n';
  for (const auto& words : limits_in_words(view)) append_wrapped(out, words, width);
  append_wrapped(out, view.plan.reason, width);
  for (const auto& words : processes_in_words(view)) append_wrapped(out, words, width, 2);
  for (const auto& words : reservations_in_words(view.plan)) append_wrapped(out, words, width);
}

std::size_t columns_here() {
  if (const char* const set = std::getenv("COLUMNS")) {
    if (const auto columns = topology::parse_number<std::size_t>(set); columns && *columns > 0)
      return *columns;
  }
  winsize w{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) return w.ws_col;
  return 80;
}

bool is_utf8_here() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale(value);
    std::erase(locale, '-');
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

std::string draw(const topo_view& view, const drawing_style& asked) {
  const drawing_style style{std::max(asked.columns, columns_min), asked.utf8};
  const marks known(view);
  std::string out;
  if (!view.source.empty()) append_wrapped(out, printable(view.source), style.columns);
  append_wrapped(out, headline(view), style.columns);
  append_boxes(out, view, known, style);
  const auto signs = legend(view, known);
  if (!signs.empty()) append_wrapped(out, signs, style.columns);
  append_distances(out, view.machine);
  append_nics(out, view, style.columns);
  append_plan(out, view, style.columns);
  return out;
}

drawing_style style_here() { return {.columns = columns_here(), .utf8 = is_utf8_here()}; }

}  // namespace shoal::tool
