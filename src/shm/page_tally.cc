#include "shm/page_tally.h"

#include <algorithm>

namespace shoal::shm {
namespace {

constexpr std::uint64_t most = std::uint64_t{1} << 53;

std::uint64_t read(const word& w) noexcept {
  const auto value = w.load(std::memory_order_relaxed);
  return value <= most ? value : 0;
}

/// Of a word that is one more than what it says.
std::optional<std::uint64_t> read_known(const word& w) noexcept {
  const auto value = read(w);
  return value == 0 ? std::nullopt : std::optional(value - 1);
}

}  // namespace

page_view read_pages(const page_tally& t) noexcept {
  page_view v{.looked_ns = t.looked_ns.load(std::memory_order_relaxed)};
  v.remote_share =
      static_cast<double>(std::min<std::uint64_t>(read(t.remote_permille), 1000)) / 1000;
  for (std::size_t kind = 0; kind < page_tally_kinds; ++kind) {
    for (std::size_t node = 0; node < page_tally_nodes; ++node)
      v.pages[kind][node] = read(t.pages[kind][node]);
  }
  v.core = read_known(t.core);
  v.migrations = read_known(t.migrations);
  v.near = read(t.near);
  v.far = read(t.far);
  return v;
}

}  // namespace shoal::shm
