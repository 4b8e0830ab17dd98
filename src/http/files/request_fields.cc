#include "http/files/request_fields.h"

#include "http/ascii.h"

namespace shoal::http {
namespace {

using value = std::optional<std::string_view>;

void take_once(value& into, std::string_view text) noexcept {
  into = into ? std::string_view() : text;
}

void take_list(value& into, std::string_view text, std::string& joined) {
  if (!into) {
    into = text;
    return;
  }
  if (joined.empty()) joined = *into;
  into = joined.append(", ").append(text);
}

}  // namespace

request_fields::request_fields(const context& c) {
  for (std::size_t i = 0, count = c.header_count(); i < count; ++i) {
    const auto [name, text] = c.header_at(i);
    const auto is = [&](std::string_view known) { return equals_ignoring_case(name, known); };
    switch (name.size()) {
      case 5:
        if (is("range")) take_once(range, text);
        break;
      case 8:
        if (is("if-match")) take_list(conditional.if_match, text, joined_[0]);
        if (is("if-range")) take_once(conditional.if_range, text);
        break;
      case 13:
        if (is("if-none-match")) take_list(conditional.if_none_match, text, joined_[1]);
        break;
      case 15:
        if (is("accept-encoding")) take_list(accept_encoding, text, joined_[2]);
        break;
      case 17:
        if (is("if-modified-since")) take_once(conditional.if_modified_since, text);
        break;
      case 19:
        if (is("if-unmodified-since")) take_once(conditional.if_unmodified_since, text);
        break;
      default:
        break;
    }
  }
}

}  // namespace shoal::http
