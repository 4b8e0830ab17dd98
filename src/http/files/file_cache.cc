#include "http/files/file_cache.h"

#include <cerrno>
#include <utility>

#include "http/files/content_type.h"

namespace shoal::http {
namespace {

std::optional<stored_file> open_beside(int root, const std::string& path) {
  stored_file opened;
  if (open_below(root, path, opened) != 0) return {};
  return opened;
}

}  // namespace

file_cache::found file_cache::find(std::string_view path, monotonic_time now) {
  const auto known = index_.find(path);
  if (known == index_.end()) {
    found made = look(std::string(path), now);
    if (made.file != nullptr && site_->options.cached_files > 0) {
      items_.push_front({std::string(path), made.file, now});
      keep(items_.begin());
    }
    return made;
  }
  const place at = known->second;
  if (now - at->looked >= good_for) {
    found again = look(at->path, now);
    if (again.file == nullptr) {
      drop(at);
      return again;
    }
    at->file = std::move(again.file);
    at->looked = now;
  }
  items_.splice(items_.begin(), items_, at);
  return {at->file};
}

file_cache::found file_cache::look(const std::string& path, monotonic_time now) {
  ++looks_;
  const int below = root(now);
  if (below < 0) return {nullptr, -below};
  const auto& options = site_->options;
  auto file = std::make_shared<served_file>();
  if (const int error = open_below(below, path, file->plain); error != 0) return {nullptr, error};
  file->type = content_type_of(path);
  if (file->type.empty()) file->type = options.default_type;
  if (options.precompressed && is_compressible(file->type)) {
    file->br = open_beside(below, path + ".br");
    file->gzip = open_beside(below, path + ".gz");
  }
  return {std::move(file)};
}

/// The directory, opened within the last second, or a negated errno.
int file_cache::root(monotonic_time now) {
  if (!root_ || now - root_opened_ >= good_for) {
    auto opened = open_root(site_->directory);
    if (!opened) return -opened.error().code;
    root_ = std::move(opened).value();
    root_opened_ = now;
  }
  return root_.get();
}

void file_cache::keep(place at) {
  index_.emplace(at->path, at);
  if (items_.size() > site_->options.cached_files) drop(std::prev(items_.end()));
}

void file_cache::drop(place at) {
  index_.erase(at->path);
  items_.erase(at);
}

file_cache& file_caches::of(const std::shared_ptr<const file_site>& site) {
  for (const auto& [id, cache] : caches_) {
    if (id == site->id) return *cache;
  }
  caches_.emplace_back(site->id, std::make_unique<file_cache>(site));
  return *caches_.back().second;
}

}  // namespace shoal::http
