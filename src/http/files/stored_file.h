#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "shoal/http/file_part.h"

namespace shoal::http {

/// An open regular file, and what an answer says of it.
struct stored_file {
  std::shared_ptr<const open_file> file;
  std::uint64_t bytes = 0;
  std::chrono::sys_seconds modified;
  std::string etag;           ///< strong: of inode, size and the time of the last change
  std::string last_modified;  ///< `modified` as a date
};

/// A directory that files are opened below. The error names it, and says so if the kernel cannot
/// open below a directory.
[[nodiscard]] result<descriptor> open_root(const std::string& path);

/// Opens what `path` names below `root`, and nothing that lies elsewhere, whichever symbolic links
/// lead there. 0, or an errno: EISDIR for a directory, ENOENT for what is no regular file.
[[nodiscard]] int open_below(int root, const std::string& path, stored_file& opened);

}  // namespace shoal::http
