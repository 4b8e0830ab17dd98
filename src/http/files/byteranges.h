#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/files/ranges.h"
#include "http/files/stored_file.h"
#include "shoal/http/response.h"

namespace shoal::http {

/// "bytes 0-9/100"
[[nodiscard]] std::string content_range(const byte_range& part, std::uint64_t size);

/// Several parts of a file as multipart/byteranges (RFC 9110 14.6), of a length that is known.
/// `boundary` should not be one that whoever wrote the file could foresee.
///
/// Cost      read in pieces of 64 KiB and sent as they are taken: no sendfile, as there is text in
///           between and they are rare
[[nodiscard]] response send_parts(const stored_file& file, std::string_view type,
                                  std::span<const byte_range> parts, std::uint64_t boundary);

}  // namespace shoal::http
