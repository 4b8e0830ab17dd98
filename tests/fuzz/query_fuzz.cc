// application/x-www-form-urlencoded: fields are those that a plain split finds, decoding never
// gives more bytes than it takes, and whatever is encoded decodes to itself.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/forms/urlencoded.h"

namespace shoal::http {
namespace {

/// By '&', without empty ones.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> all;
  for (;;) {
    const auto end = std::min(text.find('&'), text.size());
    if (end != 0) all.push_back(text.substr(0, end));
    if (end == text.size()) return all;
    text.remove_prefix(end + 1);
  }
}

std::string encoded(std::string_view text, random_source& random) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte != 0 && c != '+' && c != '%' && c != '&' && c != '=';
    if (c == ' ' && random.one_in(2)) {
      out += '+';
    } else if (plain && random.one_in(2)) {
      out += c;
    } else {
      out += {'%', "0123456789abcdef"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
    }
  }
  return out;
}

void check_fields(std::string_view text) {
  auto rest = text;
  for (const auto whole : split(text)) {
    urlencoded_field field;
    SHOAL_CHECK(next_urlencoded(rest, field));
    SHOAL_CHECK(field.name.find('=') == std::string_view::npos);
    const auto joined = std::string(field.name) + "=" + std::string(field.value);
    SHOAL_CHECK(joined == whole || (field.value.empty() && field.name == whole));
    std::string out = "before";
    if (append_urldecoded(out, field.value)) {
      SHOAL_CHECK(out.starts_with("before") && out.size() <= 6 + field.value.size());
      SHOAL_CHECK(out.find('\0') == std::string::npos);
    }
  }
  urlencoded_field none;
  SHOAL_CHECK(!next_urlencoded(rest, none));
}

void check_round_trip(std::string_view name, std::string_view value, random_source& random) {
  const auto text = "&" + encoded(name, random) + "=" + encoded(value, random) + "&&";
  std::string_view rest = text;
  urlencoded_field field;
  SHOAL_CHECK(next_urlencoded(rest, field));
  std::string decoded_name, decoded_value;
  const bool name_good = append_urldecoded(decoded_name, field.name);
  const bool value_good = append_urldecoded(decoded_value, field.value);
  SHOAL_CHECK(name_good == (name.find('\0') == std::string_view::npos));
  SHOAL_CHECK(value_good == (value.find('\0') == std::string_view::npos));
  SHOAL_CHECK(!name_good || decoded_name == name);
  SHOAL_CHECK(!value_good || decoded_value == value);
  SHOAL_CHECK(!next_urlencoded(rest, field));
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto text = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(text));
  http::check_fields(text);
  const auto middle = random.below(size + 1);
  http::check_round_trip(text.substr(0, middle), text.substr(middle), random);
  return 0;
}
