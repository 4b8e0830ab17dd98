#include "shoal/http/response.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "http/ascii.h"
#include "http/field_text.h"

namespace shoal {

using http::equals_ignoring_case;
using http::is_field_value;
using http::is_token;

namespace {

/// Where the line of that name begins in a response's fields, or npos.
std::size_t line_of(std::string_view fields, std::string_view name) noexcept {
  for (std::size_t at = 0; at < fields.size(); at = fields.find("\r\n", at) + 2) {
    const auto rest = fields.substr(at);
    if (rest.size() > name.size() && rest[name.size()] == ':' &&
        equals_ignoring_case(rest.substr(0, name.size()), name)) {
      return at;
    }
  }
  return std::string_view::npos;
}

constexpr std::array<std::string_view, 4> ours = {"date", "content-length", "connection",
                                                  "transfer-encoding"};

}  // namespace

response::response(int code) : status_(code) {
  if (code < 200 || code > 599) {
    throw std::invalid_argument("shoal::response: the status must be from 200 to 599");
  }
}

response response::text(std::string body) { return {"text/plain", std::move(body)}; }
response response::borrowed_text(std::string_view body) noexcept {
  response made;
  made.type_ = "text/plain";
  made.borrowed_ = body;
  return made;
}
response response::json(std::string body) { return {"application/json", std::move(body)}; }
response response::bytes(std::string body) { return {"application/octet-stream", std::move(body)}; }

response response::stream(std::string_view type, body_producer produce) {
  response made;
  made.header("Content-Type", type);
  made.late_ = std::make_unique<http::late_body>();
  made.late_->produce = std::move(produce);
  return made;
}

response response::stream(std::string_view type, std::uint64_t bytes, body_producer produce) {
  auto made = stream(type, std::move(produce));
  made.late_->length = bytes;
  return made;
}

response response::file(std::string_view type, file_part part) {
  response made;
  made.header("Content-Type", type);
  made.late_ = std::make_unique<http::late_body>();
  made.late_->file = std::move(part);
  return made;
}

response& response::filter(std::unique_ptr<body_filter> change) {
  if (late_ == nullptr) late_ = std::make_unique<http::late_body>();
  late_->filters.push_back(std::move(change));
  return *this;
}

response& response::header(std::string_view name, std::string_view value) & {
  if (!is_token(name)) {
    throw std::invalid_argument("shoal::response: \"" + std::string(name) + "\" is no field name");
  }
  if (!is_field_value(value)) {
    throw std::invalid_argument("shoal::response: the value of " + std::string(name) +
                                " has a control character");
  }
  if (std::any_of(ours.begin(), ours.end(),
                  [&](std::string_view own) { return equals_ignoring_case(name, own); })) {
    throw std::invalid_argument("shoal::response: " + std::string(name) + " is the server's");
  }
  if (equals_ignoring_case(name, "content-type")) {
    own_type_ = value;
    return *this;
  }
  fields_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

response&& response::header(std::string_view name, std::string_view value) && {
  return std::move(header(name, value));
}

response& response::set_header(std::string_view name, std::string_view value) & {
  for (auto at = line_of(fields_, name); at != std::string_view::npos;
       at = line_of(fields_, name)) {
    fields_.erase(at, fields_.find("\r\n", at) + 2 - at);
  }
  return header(name, value);
}

std::optional<std::string_view> response::header(std::string_view name) const noexcept {
  if (equals_ignoring_case(name, "content-type")) {
    return content_type().empty() ? std::nullopt : std::optional(content_type());
  }
  const auto at = line_of(fields_, name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto value = at + name.size() + 2;
  return std::string_view(fields_).substr(value, fields_.find("\r\n", value) - value);
}

}  // namespace shoal
