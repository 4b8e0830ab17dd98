#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/http/hooks.h"

namespace shoal {

struct compress_options {
  /// A body known to be smaller is left alone: below, the head outweighs what is saved.
  std::uint64_t min_bytes = 1024;
  /// 1 fastest, 9 smallest. 5: most of the gain at half the time of 9.
  int level = 5;
  /// Media types, "text/*" for all of a kind. Empty: text, JSON, XML and their relatives, but not
  /// text/event-stream: an open stream would hold 256 KiB.
  std::vector<std::string> types;
};

/// A hook that compresses answers for clients that take gzip.
///
///   app.after(shoal::compress());
///
/// Not those that have a Content-Encoding, are partial, have no body, or say no-transform. Adds
/// Vary, to 206 and 304 too, and weakens a strong ETag, since the bytes are others.
///
/// Errors    throws std::invalid_argument for a level outside 1 to 9
/// Cost      some 20 to 50 MB/s of a core; 256 KiB while an answer is under way, of which each
///           worker keeps a few
[[nodiscard]] after_hook compress(compress_options options = {});

}  // namespace shoal
