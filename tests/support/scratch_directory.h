// Where a test writes to.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/check.h"

namespace shoal::testing {

/// A directory that is gone at the test's end.
class scratch_directory final {
 public:
  scratch_directory() {
    char name[] = "/tmp/shoal_test.XXXXXX";
    SHOAL_CHECK(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~scratch_directory() { std::filesystem::remove_all(path_); }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  [[nodiscard]] std::string operator/(const char* name) const { return path_ + "/" + name; }

  /// The path of a file that has this text now.
  [[nodiscard]] std::string write(const char* name, std::string_view text) const {
    auto path = *this / name;
    std::ofstream file(path, std::ios::binary);
    file << text;
    SHOAL_CHECK(file.good());
    return path;
  }

 private:
  std::string path_;
};

}  // namespace shoal::testing
