#include "shoal/http/response.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "http/ascii.h"

namespace shoal {

using http::equals_ignoring_case;

namespace {

bool is_token(std::string_view name) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

// A line break in a value would end the head there: response splitting.
bool is_field_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
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

}  // namespace shoal
