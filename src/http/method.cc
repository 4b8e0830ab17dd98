#include "shoal/http/method.h"

#include "http/method_key.h"

namespace shoal::http {

std::string_view to_string(method verb) noexcept {
  switch (verb) {
    case method::get:
      return "GET";
    case method::head:
      return "HEAD";
    case method::post:
      return "POST";
    case method::put:
      return "PUT";
    case method::patch:
      return "PATCH";
    case method::del:
      return "DELETE";
    case method::options:
      return "OPTIONS";
    case method::connect:
      return "CONNECT";
    case method::trace:
      return "TRACE";
    case method::other:
      break;
  }
  return {};
}

method parse_method(std::string_view text) noexcept {
  if (text.size() > longest_method) return method::other;
  return method_of_key(method_key(load_partial_word(text.data(), text.size()), text.size()));
}

}  // namespace shoal::http
