#pragma once

#include <cstdint>
#include <string>

#include "shoal/http/files.h"

namespace shoal::http {

/// What a files handler was made with; shared by all workers and never changed.
struct file_site {
  std::string directory;  ///< absolute
  files_options options;
  std::uint64_t id = 0;  ///< of this process' sites, never used again
};

}  // namespace shoal::http
