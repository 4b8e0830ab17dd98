#pragma once

#include <string>

#include "base/result.h"

namespace shoal::cluster {

/// All of a regular file that has at most `most` bytes. Never waits for anybody: a FIFO, a device
/// or a directory is refused. The error names the path.
[[nodiscard]] result<std::string> read_small_file(const std::string& path, std::size_t most);

}  // namespace shoal::cluster
