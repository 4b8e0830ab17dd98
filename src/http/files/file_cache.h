// The open files of one worker.
//
// What is known is good for a second of the loop's clock; then it is opened again, which is as
// cheap as asking whether it is still the same and tells more: a rename over it, a new .br beside
// it. The directory itself is opened again too, so that a symbolic link that is moved to a new
// release is followed. What is not there is not kept: nobody can push files out by asking for
// names.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "http/files/file_site.h"
#include "http/files/stored_file.h"

namespace shoal::http {

/// A file, its media type, and what there is of it in compressed form.
struct served_file {
  std::string_view type;  ///< of the site, which outlives it, or a literal
  stored_file plain;
  std::optional<stored_file> br;
  std::optional<stored_file> gzip;
};

/// Threads   its worker's
class file_cache final {
 public:
  static constexpr nanoseconds good_for = std::chrono::seconds(1);

  explicit file_cache(std::shared_ptr<const file_site> site) noexcept : site_(std::move(site)) {}
  file_cache(const file_cache&) = delete;
  file_cache& operator=(const file_cache&) = delete;

  struct found {
    std::shared_ptr<const served_file> file;  ///< nullptr: there is none, and why
    int error = 0;                            ///< an errno as from open_below()
  };
  [[nodiscard]] found find(std::string_view path, monotonic_time now);

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  /// Looks into the file system since it was made; a test counts them.
  [[nodiscard]] std::uint64_t looks() const noexcept { return looks_; }

 private:
  struct item {
    std::string path;
    std::shared_ptr<const served_file> file;
    monotonic_time looked;
  };
  using place = std::list<item>::iterator;

  [[nodiscard]] found look(const std::string& path, monotonic_time now);
  [[nodiscard]] int root(monotonic_time now);
  void keep(place at);
  void drop(place at);

  std::shared_ptr<const file_site> site_;
  std::list<item> items_;                              // the last used one first
  std::unordered_map<std::string_view, place> index_;  // views into items_
  descriptor root_;
  monotonic_time root_opened_{};
  std::uint64_t looks_ = 0;
};

/// All of a worker's: worker::local<file_caches>().
class file_caches final {
 public:
  [[nodiscard]] file_cache& of(const std::shared_ptr<const file_site>& site);
  [[nodiscard]] random_source& random() noexcept { return random_; }

 private:
  std::vector<std::pair<std::uint64_t, std::unique_ptr<file_cache>>> caches_;
  random_source random_{draw_seed()};
};

}  // namespace shoal::http
