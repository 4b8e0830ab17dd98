#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "shoal/http/context.h"
#include "shoal/http/response.h"

namespace shoal {

namespace http {
struct file_site;
}

struct files_options {
  /// What a directory is answered with; empty: a directory is 404. There are no listings.
  std::string index = "index.html";
  /// The Cache-Control of all answers, as "public, max-age=3600"; empty: none.
  std::string cache_control;
  /// The type of what has an extension that is not known, or none.
  std::string default_type = "application/octet-stream";
  /// Names that begin with a dot are served too, not just those below .well-known.
  bool dot_files = false;
  /// "x.css.br" and "x.css.gz" beside "x.css" go to clients that take them.
  bool precompressed = true;
  /// Files of which each worker keeps open what there is (itself, .br, .gz), so that a hot one
  /// costs no system call but the sending; 0: none.
  std::size_t cached_files = 256;
};

/// A handler that serves the regular files below a directory.
///
///   app.get<"/static/{path...}">(shoal::files("/var/www", {.cache_control = "max-age=60"}));
///
/// Answers conditional requests (ETag, Last-Modified) and ranges, one or several; sends by the
/// kernel. A directory is redirected to its name with a slash. What is reached by a symbolic link
/// is served only if it lies below the directory as well; no device, FIFO or socket ever is.
///
/// A file is looked at anew when the last look is a second old: replace files by renaming, and each
/// answer is of one version. One that shrinks while it is sent closes its connections.
///
/// Errors    the constructor throws std::runtime_error if the directory cannot be opened or the
///           kernel lacks openat2 (5.6), std::invalid_argument for a bad cache_control
/// Threads   all workers share it; each has its own open files
/// Cost      a hash look-up for a file that is known. Else open, fstat and reading what the page
///           cache lacks are made on the loop: for local disks
class files final {
 public:
  explicit files(std::string directory, files_options options = {});

  response operator()(context& c, std::string_view path) const;

 private:
  std::shared_ptr<const http::file_site> site_;
};

}  // namespace shoal
