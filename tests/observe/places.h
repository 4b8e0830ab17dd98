// Where the tests of the log write to.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/check.h"
#include "base/descriptor.h"
#include "support/scratch_directory.h"

namespace shoal::observe {

using testing::scratch_directory;

inline std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A FIFO, and its reader once somebody wants one.
class fifo final {
 public:
  explicit fifo(std::string path) : path_(std::move(path)) {
    SHOAL_CHECK(::mkfifo(path_.c_str(), 0600) == 0);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// What is in it now.
  std::string read() {
    if (!end_) end_.reset(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::string all;
    char bytes[4096];
    for (ssize_t n = 0; (n = ::read(end_.get(), bytes, sizeof bytes)) > 0;) {
      all.append(bytes, static_cast<std::size_t>(n));
    }
    return all;
  }

  /// Reads until `count` lines are there; fewer if they do not come within 30 s.
  std::string read_lines(std::size_t count) {
    std::string all = read();
    while (static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n')) < count) {
      pollfd source{end_.get(), POLLIN, 0};
      if (::poll(&source, 1, 30'000) <= 0) break;
      all += read();
    }
    return all;
  }

 private:
  std::string path_;
  descriptor end_;
};

}  // namespace shoal::observe
