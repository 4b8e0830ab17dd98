#include "topo_svg.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "bench/svg.h"
#include "status_text.h"

namespace shoal::tool {
namespace {

using topology::core_kind;
namespace svg = bench::svg;

constexpr double margin = 20;
constexpr double line = 18;          ///< a line of text
constexpr double thread_width = 38;  ///< with its share of the gaps
constexpr double core_height = 34;
constexpr double label_width = 78;
constexpr double inset = 12;
constexpr std::size_t threads_in_a_row = 8;
constexpr std::size_t panels_in_a_row = 2;
constexpr double panel_width = 2 * inset + label_width + thread_width * threads_in_a_row;

constexpr std::string_view style = R"css(
svg { --page: #fdfdfc; --ink: #1f2124; --quiet: #5f646b; --rule: #c9c9c4;
  --c0: #2a6fc9; --c1: #c2571a; --c2: #23805e; --c3: #8453b4; --c4: #8f7011; --c5: #6b7078;
  background: var(--page); font: 13px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --page: #17191c; --ink: #e5e6e8; --quiet: #9ba1a9; --rule: #43484f;
    --c0: #6aaefb; --c1: #f0995a; --c2: #58c49b; --c3: #bd97ea; --c4: #d6b854; --c5: #a4aab2; }
}
text { fill: var(--ink); font-variant-numeric: tabular-nums; }
text.quiet { fill: var(--quiet); } text.head { font-weight: 600; }
.page { fill: var(--page); } .panel, .core { fill: none; stroke: var(--rule); }
.forbidden { fill: none; stroke: var(--rule); stroke-dasharray: 3 3; }
.p0 { fill: var(--c0); } .p1 { fill: var(--c1); } .p2 { fill: var(--c2); }
.p3 { fill: var(--c3); } .p4 { fill: var(--c4); } .p5 { fill: var(--c5); }
.p0, .p1, .p2, .p3, .p4, .p5 { fill-opacity: .28; }
)css";

/// Grows downwards; the beginning is written when its height is known.
struct picture {
  std::string shapes;
  double width = 2 * margin + panels_in_a_row * panel_width + margin;
  double y = margin;
};

void write_line(picture& p, std::string_view text, std::string_view name = "", double indent = 0) {
  p.y += line;
  p.shapes += svg::text(margin + indent, p.y - 5, "start", text, name);
}

/// Seven units of width for a character: what these fonts have on average.
void write_text(picture& p, std::string_view text, std::string_view name = "", double indent = 0) {
  const auto columns = static_cast<std::size_t>((p.width - 2 * margin - indent) / 7);
  for (const auto& part : wrapped(text, columns, 0)) write_line(p, part, name, indent);
}

class panel final {
 public:
  panel(const topo_view& view, const topology::numa_node& node,
        const std::map<unsigned, seat>& pinned)
      : view_(view), node_(node), pinned_(pinned) {}

  /// Draws it there and says how high it has become.
  double draw(picture& p, double x, double y) {
    x_ = x + inset;
    y_ = y + line + 2;
    const auto package = packages_of(view_.machine, node_.id);
    title(p, package);
    for (const auto& words : huge_pages_in_words(node_)) {
      p.shapes += svg::text(x_, y_, "start", words, "quiet");
      y_ += line;
    }
    for (const auto& group : cache_groups(view_.machine, node_.id))
      draw_group(p, group, package.size() > 1);
    if (node_.cpus.empty()) {
      p.shapes += svg::text(x_, y_, "start", "memory alone, no cores", "quiet");
      y_ += line;
    }
    return y_ - y;
  }

 private:
  void title(picture& p, const topology::cpu_list& package) {
    std::string words = "node " + std::to_string(node_.id);
    if (package.size() == 1) words += ", package " + std::to_string(package.front());
    words += node_.memory_bytes > 0 ? ", " + format_bytes(node_.memory_bytes) : ", no memory";
    p.shapes += svg::text(x_, y_, "start", words, "head");
    y_ += line;
  }

  void draw_group(picture& p, const cache_group& group, bool with_package) {
    if (has_several_caches(view_.machine)) {
      const auto words = "cache " + std::to_string(group.llc);
      p.shapes += svg::text(x_, y_ + 14, "start", words, "quiet");
    }
    if (with_package) {
      const auto words = "package " + std::to_string(group.package);
      p.shapes += svg::text(x_, y_ + 28, "start", words, "quiet");
    }
    std::size_t used = 0;
    for (const auto& threads : group.physical) {
      if (used > 0 && used + threads.size() > threads_in_a_row) {
        used = 0;
        y_ += core_height + 6;
      }
      draw_core(p, x_ + label_width + thread_width * static_cast<double>(used), threads);
      used += threads.size();
    }
    y_ += core_height + 10;
  }

  void draw_core(picture& p, double x, const std::vector<topology::core>& threads) {
    const double width = thread_width * static_cast<double>(threads.size()) - 4;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      const auto& core = threads[i];
      const double left = x + thread_width * static_cast<double>(i);
      const auto found = pinned_.find(core.id);
      if (!is_allowed(view_.limits, core.id)) {
        p.shapes += svg::box(left + 2, y_ + 2, thread_width - 8, core_height - 4, "forbidden");
      } else if (found != pinned_.end()) {
        const auto colour = "p" + std::to_string(found->second.process % 6);
        p.shapes += svg::box(left, y_, thread_width - 4, core_height, colour);
        p.shapes += svg::text(left + thread_width / 2 - 2, y_ + 28, "middle",
                              "w" + std::to_string(found->second.worker));
      }
      const char* const kind = core.kind == core_kind::performance  ? "P"
                               : core.kind == core_kind::efficiency ? "E"
                                                                    : "";
      p.shapes += svg::text(left + thread_width / 2 - 2, y_ + 13, "middle",
                            kind + std::to_string(core.id), "quiet");
    }
    p.shapes += svg::box(x, y_, width, core_height, "core");
  }

  const topo_view& view_;
  const topology::numa_node& node_;
  const std::map<unsigned, seat>& pinned_;
  double x_ = 0;
  double y_ = 0;
};

void draw_panels(picture& p, const topo_view& view) {
  std::map<unsigned, seat> pinned;  // the first worker of each core
  for (const auto& seat : seats_of(view.plan)) {
    if (seat.place.pinned) pinned.emplace(seat.place.core, seat);
  }
  double highest = 0;
  std::vector<double> lefts;
  const auto& nodes = view.machine.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto column = static_cast<double>(i % panels_in_a_row);
    lefts.push_back(margin + column * (panel_width + margin));
    highest = std::max(highest, panel(view, nodes[i], pinned).draw(p, lefts.back(), p.y));
    if (lefts.size() < panels_in_a_row && i + 1 < nodes.size()) continue;
    for (const double left : lefts) p.shapes += svg::box(left, p.y, panel_width, highest, "panel");
    p.y += highest + margin / 2;
    lefts.clear();
    highest = 0;
  }
}

/// Cells as wide as the largest number.
void draw_distances(picture& p, const topology::machine& machine) {
  if (machine.nodes.size() < 2 || machine.nodes.front().distances.empty()) return;
  p.y += line / 2;
  const auto write_row = [&](const std::string& name, const std::vector<std::string>& numbers) {
    write_line(p, name, "quiet");
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const double x = margin + 80 + 36 * static_cast<double>(i + 1);
      p.shapes += svg::text(x, p.y - 5, "end", numbers[i], name == "distance" ? "quiet" : "");
    }
  };
  std::vector<std::string> ids;
  for (const auto& node : machine.nodes) ids.push_back(std::to_string(node.id));
  write_row("distance", ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::vector<std::string> numbers;
    for (const unsigned distance : machine.nodes[i].distances)
      numbers.push_back(std::to_string(distance));
    write_row("node " + ids[i], numbers);
  }
}

void write_nics(picture& p, const topo_view& view) {
  for (const auto& nic : view.nics) {
    p.y += line / 2;
    write_text(p, "network " + nic_in_words(nic));
    std::string interrupts;
    for (const auto& words : interrupts_in_words(nic))
      interrupts += (interrupts.empty() ? "" : ", ") + words;
    if (!interrupts.empty()) write_text(p, interrupts, "quiet", inset);
  }
}

void write_plan(picture& p, const topo_view& view) {
  p.y += line / 2;
  for (const auto& words : limits_in_words(view)) write_text(p, words, "quiet");
  write_text(p, view.plan.reason, "head");
  for (const auto& words : processes_in_words(view)) write_text(p, words, "", inset);
  for (const auto& words : reservations_in_words(view.plan)) write_text(p, words);
}

}  // namespace

std::string to_svg(const topo_view& view) {
  picture p;
  if (view.machine.nodes.size() == 1) p.width = 2 * margin + panel_width;
  if (!view.source.empty()) write_text(p, printable(view.source), "quiet");
  write_text(p, headline(view), "head");
  p.y += line / 2;
  draw_panels(p, view);
  draw_distances(p, view.machine);
  write_nics(p, view);
  write_plan(p, view);
  const double height = p.y + margin;
  return svg::begin_file(p.width, height, "shoal topo", headline(view), style) +
         svg::box(0, 0, p.width, height, "page") + p.shapes + "</svg>\n";
}

}  // namespace shoal::tool
