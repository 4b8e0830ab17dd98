#include "top_screen.h"

#include <algorithm>
#include <cstdio>

#include "status_text.h"

namespace shoal::tool {
namespace {

constexpr std::string_view names[sort_keys] = {"worker", "busy", "requests/s", "connections",
                                               "work",   "lag",  "memory"};

const std::vector<column> table = {
    {"worker"},  {"node"},      {"cpu"},       {"pid"},    {"busy", true}, {"requests/s"},
    {"open"},    {"unserved"},  {"in flight"}, {"jobs"},   {"work"},       {"lag"},
    {"lag max"}, {"run delay"}, {"memory"},    {"stalls"}, {"state", true}};

/// "||||       41.0 %"
std::string bar(double share) {
  constexpr std::size_t length = 10;
  const auto full = static_cast<std::size_t>(share * length + 0.5);
  std::string percent = format_share(share);
  percent.insert(0, 7 - std::min<std::size_t>(percent.size(), 7), ' ');
  return std::string(full, '|') + std::string(length - full, ' ') + percent;
}

cells row_of(const worker_report& w) {
  const shm::slot_view& s = w.slot;
  const std::string obstacle = w.obstacle();
  return {std::to_string(w.worker),
          std::to_string(s.node),
          s.cpu == shm::not_pinned ? "any" : std::to_string(s.cpu),
          std::to_string(s.pid),
          bar(s.busy_share),
          format_count(static_cast<std::uint64_t>(w.requests_per_second)),
          std::to_string(s.connections_open),
          std::to_string(s.unserved),
          std::to_string(s.requests_in_flight),
          std::to_string(s.jobs_queued),
          format_duration(std::chrono::microseconds(s.predicted_work_us)),
          format_duration(s.lag_mean),
          format_duration(s.lag_max),
          format_duration(s.run_delay),
          format_bytes(s.resident_bytes),
          std::to_string(s.stalls),
          obstacle.empty() ? "ready" : obstacle};
}

double figure_of(const worker_report& w, sort_key key) {
  const shm::slot_view& s = w.slot;
  switch (key) {
    case sort_key::busy:
      return s.busy_share;
    case sort_key::rate:
      return w.requests_per_second;
    case sort_key::open:
      return static_cast<double>(s.connections_open);
    case sort_key::work:
      return static_cast<double>(s.predicted_work_us);
    case sort_key::lag:
      return static_cast<double>(s.lag_max.count());
    case sort_key::memory:
      return static_cast<double>(s.resident_bytes);
    case sort_key::worker:
      break;
  }
  return -static_cast<double>(w.worker);
}

std::vector<worker_report> sorted(std::vector<worker_report> workers, const top_view& view) {
  std::sort(workers.begin(), workers.end(), [&](const worker_report& a, const worker_report& b) {
    const double first = figure_of(a, view.key);
    const double second = figure_of(b, view.key);
    if (first == second) return a.worker < b.worker;
    return view.reversed ? first < second : first > second;
  });
  return workers;
}

/// "1,234 requests/s, 64 connections (2 unserved), 3 in flight, 2 jobs, 1.9 of 8 workers busy".
std::string sum_of(const std::vector<worker_report>& workers) {
  double rate = 0;
  double busy = 0;
  std::uint64_t open = 0;
  std::uint64_t unserved = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t jobs = 0;
  for (const worker_report& w : workers) {
    rate += w.requests_per_second;
    busy += w.slot.busy_share;
    open += w.slot.connections_open;
    unserved += w.slot.unserved;
    in_flight += w.slot.requests_in_flight;
    jobs += w.slot.jobs_queued;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.1f of %zu workers busy", busy, workers.size());
  return format_count(static_cast<std::uint64_t>(rate)) + " requests/s, " + format_count(open) +
         " connections (" + format_count(unserved) + " unserved), " + format_count(in_flight) +
         " in flight, " + format_count(jobs) + " jobs, " + text;
}

void compose(const server_report& server, const top_view& view, std::vector<screen_line>& lines) {
  lines.push_back({line_kind::title, title(server)});
  lines.push_back({line_kind::plain, sum_of(server.workers)});
  if (!server.dispatch.empty()) {
    lines.push_back({line_kind::plain, "dispatch: " + printable(server.dispatch)});
  }
  const auto workers = sorted(server.workers, view);
  std::vector<cells> rows;
  for (const worker_report& w : workers) rows.push_back(row_of(w));
  auto text = align(table, rows);
  lines.push_back({line_kind::heading, std::move(text[0])});
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const auto kind = workers[i].obstacle().empty() ? line_kind::plain : line_kind::alarm;
    lines.push_back({kind, std::move(text[i + 1])});
  }
}

std::string_view style_of(line_kind kind) noexcept {
  switch (kind) {
    case line_kind::title:
      return "\x1b[1m";  // bold
    case line_kind::heading:
      return "\x1b[7m";  // reversed
    case line_kind::alarm:
      return "\x1b[31m";  // red
    case line_kind::plain:
      break;
  }
  return "";
}

void paint_line(std::string& frame, const screen_line& line, std::size_t width) {
  std::string_view text = cut_to_width(line.text, width);
  frame += style_of(line.kind);
  frame += text;
  frame += "\x1b[0m\x1b[K";
}

std::size_t page(screen_size size) noexcept { return size.lines > 2 ? size.lines - 2 : 1; }

void scroll(top_view& view, std::size_t lines, bool down) noexcept {
  view.first_line =
      down ? view.first_line + lines : view.first_line - std::min(view.first_line, lines);
}

/// The next key to sort by, or the one before.
sort_key neighbour(sort_key key, int step) noexcept {
  return static_cast<sort_key>((static_cast<int>(key) + step + sort_keys) % sort_keys);
}

struct meaning {
  std::string_view keys;
  enum { leave, next, previous, reverse, down, up, page_down, page_up, top } what;
};

constexpr meaning meanings[] = {{"\x1b[A", meaning::up},       {"\x1b[B", meaning::down},
                                {"\x1b[C", meaning::next},     {"\x1b[D", meaning::previous},
                                {"\x1b[5~", meaning::page_up}, {"\x1b[6~", meaning::page_down},
                                {"\x1b[H", meaning::top},      {"q", meaning::leave},
                                {"Q", meaning::leave},         {">", meaning::next},
                                {"<", meaning::previous},      {"r", meaning::reverse},
                                {"j", meaning::down},          {"k", meaning::up},
                                {" ", meaning::page_down},     {"b", meaning::page_up},
                                {"g", meaning::top},           {"\x03", meaning::leave}};

/// Bytes of one key that nobody knows: an escape sequence to its final letter, or one character.
std::size_t unknown_key(std::string_view keys) noexcept {
  if (!keys.starts_with("\x1b[")) return 1;
  const auto end = std::find_if(keys.begin() + 2, keys.end(),
                                [](unsigned char c) { return c >= 0x40 && c <= 0x7e; });
  return static_cast<std::size_t>(end - keys.begin()) + (end != keys.end() ? 1 : 0);
}

void heed(const meaning& m, top_view& view, screen_size size) noexcept {
  switch (m.what) {
    case meaning::next:
      view.key = neighbour(view.key, 1);
      break;
    case meaning::previous:
      view.key = neighbour(view.key, -1);
      break;
    case meaning::reverse:
      view.reversed = !view.reversed;
      break;
    case meaning::down:
    case meaning::up:
      scroll(view, 1, m.what == meaning::down);
      break;
    case meaning::page_down:
    case meaning::page_up:
      scroll(view, page(size), m.what == meaning::page_down);
      break;
    case meaning::top:
      view.first_line = 0;
      break;
    case meaning::leave:
      break;
  }
}

}  // namespace

std::vector<screen_line> compose(const std::vector<server_report>& servers, const top_view& view) {
  std::vector<screen_line> lines;
  for (const server_report& server : servers) {
    if (!lines.empty()) lines.emplace_back();
    compose(server, view, lines);
  }
  if (lines.empty()) lines.push_back({line_kind::plain, "no shoal server is running"});
  return lines;
}

std::string to_plain(const std::vector<screen_line>& lines) {
  std::string text;
  for (const screen_line& line : lines) text += line.text + '\n';
  return text;
}

std::string paint(const std::vector<screen_line>& lines, top_view& view, screen_size size) {
  const std::size_t room = size.lines > 1 ? size.lines - 1 : 1;
  view.first_line = std::min(view.first_line, lines.size() - std::min(lines.size(), room));
  const std::size_t end = std::min(lines.size(), view.first_line + room);
  std::string frame = "\x1b[H";
  for (std::size_t i = view.first_line; i < end; ++i) {
    paint_line(frame, lines[i], size.columns);
    frame += "\r\n";
  }
  frame += "\x1b[J";
  if (size.lines < 2) return frame;
  const std::string help = "q quit   < > sort by " +
                           std::string(names[static_cast<std::size_t>(view.key)]) +
                           (view.reversed ? ", reversed" : "") + "   r reverse   arrows scroll";
  frame += "\x1b[" + std::to_string(size.lines) + ";1H";
  paint_line(frame, {line_kind::heading, help}, size.columns);
  return frame;
}

bool heed_keys(std::string_view keys, top_view& view, screen_size size) noexcept {
  while (!keys.empty()) {
    const auto* known = std::find_if(std::begin(meanings), std::end(meanings),
                                     [&](const meaning& m) { return keys.starts_with(m.keys); });
    if (known == std::end(meanings)) {
      keys.remove_prefix(unknown_key(keys));
      continue;
    }
    if (known->what == meaning::leave) return false;
    heed(*known, view, size);
    keys.remove_prefix(known->keys.size());
  }
  return true;
}

std::string_view cut_to_width(std::string_view text, std::size_t columns) noexcept {
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes) {
    const bool begins_one = (static_cast<unsigned char>(text[bytes]) & 0xc0) != 0x80;
    if (begins_one && seen++ == columns) break;
  }
  return text.substr(0, bytes);
}

}  // namespace shoal::tool
