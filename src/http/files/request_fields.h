#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "http/files/conditional.h"
#include "shoal/http/context.h"

namespace shoal::http {

/// The fields of a request that decide which bytes of a file it gets, in one walk. Lists that come
/// in several lines are joined; a field that may come once and came twice is malformed, and as good
/// as empty.
struct request_fields {
  explicit request_fields(const context&);
  request_fields(const request_fields&) = delete;
  request_fields& operator=(const request_fields&) = delete;

  conditions conditional;
  std::optional<std::string_view> range;
  std::optional<std::string_view> accept_encoding;

 private:
  std::array<std::string, 3> joined_;  // what the views of repeated lists point to
};

}  // namespace shoal::http
