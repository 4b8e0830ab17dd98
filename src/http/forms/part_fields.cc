#include "http/forms/part_fields.h"

#include <algorithm>
#include <utility>

#include "http/ascii.h"
#include "http/chars.h"
#include "http/forms/content_type.h"
#include "http/forms/parameters.h"

namespace shoal::http {
namespace {

constexpr std::string_view fine;

struct part_field {
  std::string_view name;
  std::string_view value;
};

bool is_value_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// A line without its end. No folding: a line that begins with a blank has no name.
bool parse_line(std::string_view line, part_field& out) noexcept {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  out.name = line.substr(0, colon);
  out.value = line.substr(colon + 1);
  while (!out.value.empty() && is_blank(out.value.front())) out.value.remove_prefix(1);
  while (!out.value.empty() && is_blank(out.value.back())) out.value.remove_suffix(1);
  return std::all_of(out.name.begin(), out.name.end(), is_token_char) &&
         std::all_of(out.value.begin(), out.value.end(), is_value_char);
}

std::string_view parse_disposition(std::string_view value, part_head& out) {
  if (!is_media_type(value, "form-data")) return "a part's Content-Disposition is not form-data";
  parameter_reader parameters(value.substr(std::min(value.find(';'), value.size())));
  bool named = false;
  auto step = parameters.next();
  for (; step == parameter_reader::step::parameter; step = parameters.next()) {
    if (equals_ignoring_case(parameters.name(), "name")) {
      if (std::exchange(named, true)) return "a part has two names";
      out.name = parameters.value();
    } else if (equals_ignoring_case(parameters.name(), "filename")) {
      if (out.file_name) return "a part has two file names";
      out.file_name = parameters.value();
    } else if (equals_ignoring_case(parameters.name(), "filename*")) {
      return "filename* has no place in form-data (RFC 7578, section 4.2)";
    }
  }
  if (step == parameter_reader::step::broken) return "a part's Content-Disposition is broken";
  return named ? fine : "a part has no name";
}

bool is_plain_encoding(std::string_view value) noexcept {
  return equals_ignoring_case(value, "binary") || equals_ignoring_case(value, "8bit") ||
         equals_ignoring_case(value, "7bit");
}

/// What a part's fields have said so far.
struct seen_fields {
  bool disposition = false;
  bool type = false;
};

std::string_view take_field(const part_field& field, seen_fields& seen, part_head& out) {
  if (equals_ignoring_case(field.name, "content-disposition")) {
    if (std::exchange(seen.disposition, true)) return "a part has two Content-Dispositions";
    return parse_disposition(field.value, out);
  }
  if (equals_ignoring_case(field.name, "content-type")) {
    if (std::exchange(seen.type, true)) return "a part has two Content-Types";
    out.content_type = field.value;
  } else if (equals_ignoring_case(field.name, "content-transfer-encoding") &&
             !is_plain_encoding(field.value)) {
    return "a part is encoded; form-data is sent as it is (RFC 7578, section 4.7)";
  }
  return fine;
}

}  // namespace

std::string_view parse_part_fields(std::string_view lines, part_head& out) {
  out = {};
  seen_fields seen;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    part_field field;
    if (end == std::string_view::npos || !parse_line(lines.substr(0, end), field))
      return "a part's field is broken";
    lines.remove_prefix(end + 2);
    if (const auto problem = take_field(field, seen, out); !problem.empty()) return problem;
  }
  return seen.disposition ? fine : "a part has no Content-Disposition";
}

}  // namespace shoal::http
