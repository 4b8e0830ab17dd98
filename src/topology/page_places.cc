#include "topology/page_places.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "topology/text.h"

namespace shoal::topology {
namespace {

constexpr std::uintptr_t page_bytes = 4096;
// What glibc maps for a thread's heap begins at a multiple of this (malloc/arena.c, on 64 bits).
constexpr std::uintptr_t heap_alignment = std::uintptr_t{64} << 20;

constexpr std::array<std::string_view, page_kinds> names = {"heap",  "stacks", "rings",   "buffers",
                                                            "slots", "shared", "program", "other"};

/// A line of numa_maps.
struct mapping_line {
  std::uintptr_t begin = 0;
  page_kind kind = page_kind::other;
  node_pages pages;  ///< in 4 KiB
};

page_kind kind_of_file(std::string_view path) noexcept {
  if (path.starts_with("/memfd:shoal.")) return page_kind::shared;
  if (path.starts_with("anon_inode:[io_uring]")) return page_kind::rings;
  return page_kind::program;
}

/// "N0=12" to its node and its number.
std::optional<std::pair<unsigned, std::uint64_t>> parse_share(std::string_view word) noexcept {
  const auto equals = word.find('=');
  if (!word.starts_with('N') || equals == std::string_view::npos) return std::nullopt;
  const auto node = parse_number<unsigned>(word.substr(1, equals - 1));
  const auto pages = parse_number<std::uint64_t>(word.substr(equals + 1));
  if (!node || !pages) return std::nullopt;
  return std::pair(*node, *pages);
}

void add(node_pages& to, std::span<const unsigned> nodes, unsigned node, std::uint64_t pages) {
  const auto at = std::find(nodes.begin(), nodes.end(), node);
  if (at != nodes.end()) to[static_cast<std::size_t>(at - nodes.begin())] += pages;
}

/// "7f12 default anon=3 N0=2 N1=1 kernelpagesize_kB=4"
std::optional<mapping_line> parse_line(std::string_view line, std::span<const unsigned> nodes) {
  mapping_line found{.pages = node_pages(nodes.size())};
  const auto begin = take_word(line);
  const auto [stop, failure] =
      std::from_chars(begin.data(), begin.data() + begin.size(), found.begin, 16);
  if (failure != std::errc{} || stop != begin.data() + begin.size()) return std::nullopt;
  static_cast<void>(take_word(line));  // the policy
  if (found.begin % heap_alignment == 0) found.kind = page_kind::heap;
  std::uint64_t scale = 1;
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    constexpr std::string_view file = "file=";
    constexpr std::string_view size = "kernelpagesize_kB=";
    if (word.starts_with(file)) found.kind = kind_of_file(word.substr(file.size()));
    if (word == "heap" || word == "stack") found.kind = page_kind::program;
    if (word.starts_with(size))
      scale = std::max<std::uint64_t>(
          parse_number<std::uint64_t>(word.substr(size.size())).value_or(4) / 4, 1);
    if (const auto share = parse_share(word)) add(found.pages, nodes, share->first, share->second);
  }
  for (auto& pages : found.pages) pages *= scale;
  return found;
}

std::vector<mapping_line> parse_lines(std::string_view text, std::span<const unsigned> nodes) {
  std::vector<mapping_line> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto line = parse_line(text.substr(0, end), nodes)) lines.push_back(std::move(*line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::sort(lines.begin(), lines.end(),
            [](const mapping_line& a, const mapping_line& b) { return a.begin < b.begin; });
  return lines;
}

/// nullptr: it lies below all of them.
mapping_line* mapping_around(std::vector<mapping_line>& lines, std::uintptr_t address) {
  const auto after =
      std::upper_bound(lines.begin(), lines.end(), address,
                       [](std::uintptr_t at, const mapping_line& l) { return at < l.begin; });
  return after == lines.begin() ? nullptr : &*(after - 1);
}

}  // namespace

std::string_view name_of(page_kind kind) noexcept { return names[static_cast<std::size_t>(kind)]; }

std::vector<unsigned> ask_kernel(const page_range& where) {
  constexpr std::size_t chunk = 1024;
  std::array<void*, chunk> pages;
  std::array<int, chunk> status;
  std::vector<unsigned> found;
  std::uintptr_t at = where.begin / page_bytes * page_bytes;
  while (at < where.end) {
    std::size_t count = 0;
    for (; count < chunk && at < where.end; at += page_bytes)
      pages[count++] = reinterpret_cast<void*>(at);
    if (::syscall(SYS_move_pages, 0, count, pages.data(), nullptr, status.data(), 0) != 0)
      return {};
    for (std::size_t i = 0; i < count; ++i) {
      if (status[i] >= 0) found.push_back(static_cast<unsigned>(status[i]));
    }
  }
  return found;
}

page_places count_pages(std::string_view numa_maps, std::span<const unsigned> nodes,
                        std::span<const page_range> known, const page_query& ask) {
  auto lines = parse_lines(numa_maps, nodes);
  page_places places;
  places.pages.fill(node_pages(nodes.size()));
  for (const page_range& range : known) {
    node_pages asked(nodes.size());
    for (const unsigned node : ask(range)) add(asked, nodes, node, 1);
    auto* const around = mapping_around(lines, range.begin);
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      places.pages[static_cast<std::size_t>(range.kind)][n] += asked[n];
      // Some may have come since numa_maps was read.
      if (around != nullptr) around->pages[n] -= std::min(around->pages[n], asked[n]);
    }
  }
  for (const mapping_line& line : lines) {
    for (std::size_t n = 0; n < nodes.size(); ++n)
      places.pages[static_cast<std::size_t>(line.kind)][n] += line.pages[n];
  }
  return places;
}

result<page_places> read_page_places(std::span<const unsigned> nodes,
                                     std::span<const page_range> known) {
  const auto text = read_text("/proc/self/numa_maps");
  if (!text) return text.error();
  return count_pages(text.value(), nodes, known, ask_kernel);
}

page_range stack_of_this_thread() noexcept {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  void* begin = nullptr;
  std::size_t bytes = 0;
  ::pthread_attr_getstack(&attributes, &begin, &bytes);
  ::pthread_attr_destroy(&attributes);
  const auto from = reinterpret_cast<std::uintptr_t>(begin);
  return {page_kind::stacks, from, from + bytes};
}

unsigned permille_on(const node_pages& pages, const std::vector<bool>& marked) {
  std::uint64_t all = 0;
  std::uint64_t there = 0;
  for (std::size_t n = 0; n < pages.size(); ++n) {
    all += pages[n];
    if (marked[n]) there += pages[n];
  }
  return all == 0 ? 1000 : static_cast<unsigned>(there * 1000 / all);
}

}  // namespace shoal::topology
