#include "http/forms/content_type.h"

#include <algorithm>
#include <optional>

#include "http/ascii.h"
#include "http/chars.h"
#include "http/forms/parameters.h"
#include "shoal/http/error.h"

namespace shoal::http {
namespace {

constexpr std::size_t boundary_bytes_max = 70;  // RFC 2046 5.1.1

bool is_boundary_char(char c) noexcept {
  constexpr std::string_view marks = "'()+_,-./:=? ";
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         marks.find(c) != std::string_view::npos;
}

bool is_boundary(std::string_view text) noexcept {
  return !text.empty() && text.size() <= boundary_bytes_max && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), is_boundary_char);
}

}  // namespace

std::string_view content_type_of(const context& c) {
  std::optional<std::string_view> found;
  for (std::size_t i = 0; i < c.header_count(); ++i) {
    const auto [name, value] = c.header_at(i);
    if (!equals_ignoring_case(name, "content-type")) continue;
    if (found) throw http_error(status::bad_request, "two Content-Type fields");
    found = value;
  }
  return found.value_or(std::string_view{});
}

std::string_view essence_of(std::string_view content_type) noexcept {
  auto essence = content_type.substr(0, content_type.find(';'));
  while (!essence.empty() && is_blank(essence.back())) essence.remove_suffix(1);
  return essence;
}

bool is_media_type(std::string_view content_type, std::string_view wanted) noexcept {
  return equals_ignoring_case(essence_of(content_type), wanted);
}

bool is_json(std::string_view content_type) noexcept {
  constexpr std::string_view suffix = "+json";
  const auto essence = essence_of(content_type);
  return equals_ignoring_case(essence, "application/json") ||
         (essence.size() > suffix.size() &&
          equals_ignoring_case(essence.substr(essence.size() - suffix.size()), suffix));
}

std::string boundary_of(std::string_view content_type) {
  if (!is_media_type(content_type, "multipart/form-data"))
    throw http_error(status::unsupported_media_type, "the body must be multipart/form-data");
  const auto list = content_type.substr(std::min(content_type.find(';'), content_type.size()));
  parameter_reader parameters(list);
  std::optional<std::string> boundary;
  auto step = parameters.next();
  for (; step == parameter_reader::step::parameter; step = parameters.next()) {
    if (!equals_ignoring_case(parameters.name(), "boundary")) continue;
    if (boundary) throw http_error(status::bad_request, "two boundaries in Content-Type");
    boundary = parameters.value();
  }
  if (step == parameter_reader::step::broken || !boundary || !is_boundary(*boundary))
    throw http_error(status::bad_request, "Content-Type has no valid boundary");
  return *std::move(boundary);
}

}  // namespace shoal::http
