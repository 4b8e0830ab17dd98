#include <algorithm>

#include "http/parser.h"

namespace shoal::http {

void head::copy_from(const head& original, const char* copied_bytes) noexcept {
  base = copied_bytes;
  size = original.size;
  verb = original.verb;
  minor_version = original.minor_version;
  body = original.body;
  keep_alive = original.keep_alive;
  expects_continue = original.expects_continue;
  field_count = original.field_count;
  target = original.target;
  path = original.path;
  query = original.query;
  host = original.host;
  content_length = original.content_length;
  std::copy_n(original.fields.begin(), original.field_count, fields.begin());
}

}  // namespace shoal::http
