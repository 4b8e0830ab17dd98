// A directory of files that a test serves, and what it does to it. Gone with its end.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/check.h"

namespace shoal::http {

class tree final {
 public:
  tree() {
    std::string name = std::filesystem::temp_directory_path() / "shoal-files-XXXXXX";
    SHOAL_CHECK(::mkdtemp(name.data()) != nullptr);
    outer_ = name;
    std::filesystem::create_directory(root());
  }
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;
  ~tree() {
    std::error_code ignored;
    std::filesystem::remove_all(outer_, ignored);
  }

  /// What is served; there may be things beside it.
  [[nodiscard]] std::filesystem::path root() const { return outer_ / "root"; }
  [[nodiscard]] std::filesystem::path outer() const { return outer_; }

  /// Also directories that lead there. Last changed on 6 November 1994, 08:49:37.
  void write(const std::string& path, std::string_view text, std::int64_t changed = 784111777) {
    const auto whole = root() / path;
    std::filesystem::create_directories(whole.parent_path());
    // Renamed, as files that are being served should be.
    const auto fresh = outer_ / "fresh";
    std::ofstream(fresh, std::ios::binary) << text;
    const timespec times[2] = {{.tv_sec = changed}, {.tv_sec = changed}};
    SHOAL_CHECK(::utimensat(AT_FDCWD, fresh.c_str(), times, 0) == 0);
    std::filesystem::rename(fresh, whole);
  }

 private:
  std::filesystem::path outer_;
};

}  // namespace shoal::http
