#include "topology/huge_pages.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "topology/text.h"

namespace shoal::topology {
namespace {

/// Of "hugepages-2048kB"; 0 for what is called otherwise.
std::uint64_t page_bytes_of(std::string_view name) {
  constexpr std::string_view before = "hugepages-";
  constexpr std::string_view behind = "kB";
  if (!name.starts_with(before) || !name.ends_with(behind)) return 0;
  name.remove_prefix(before.size());
  name.remove_suffix(behind.size());
  const auto kibibytes = parse_number<std::uint64_t>(name);
  return kibibytes && *kibibytes <= (std::uint64_t{1} << 53) ? *kibibytes * 1024 : 0;
}

result<std::uint64_t> read_pages(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  const auto pages = parse_number<std::uint64_t>(trim(text.value()));
  if (!pages) return not_a("number of pages", path, text.value());
  return *pages;
}

}  // namespace

result<std::vector<huge_page_pool>> read_huge_pages(const std::string& directory) {
  std::vector<huge_page_pool> pools;
  std::error_code nothing_there;
  for (std::filesystem::directory_iterator at(directory, nothing_there), end; at != end;
       at.increment(nothing_there)) {
    const std::uint64_t bytes = page_bytes_of(at->path().filename().native());
    if (bytes == 0) continue;
    const auto total = read_pages(at->path().native() + "/nr_hugepages");
    if (!total) return total.error();
    const auto free = read_pages(at->path().native() + "/free_hugepages");
    if (!free) return free.error();
    pools.push_back({bytes, total.value(), free.value()});
  }
  std::sort(pools.begin(), pools.end(),
            [](const auto& a, const auto& b) { return a.page_bytes < b.page_bytes; });
  return pools;
}

}  // namespace shoal::topology
