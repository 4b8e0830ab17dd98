#include "shoal/http/form.h"

#include "http/forms/content_type.h"
#include "http/forms/urlencoded.h"
#include "shoal/http/context.h"
#include "shoal/http/error.h"

namespace shoal {
namespace {

void append_or_refuse(std::string& to, std::string_view encoded) {
  if (!http::append_urldecoded(to, encoded))
    throw http_error(status::bad_request, "a form or query has a broken escape or a NUL");
}

void require_form(context& c) {
  if (!http::is_media_type(http::content_type_of(c), "application/x-www-form-urlencoded"))
    throw http_error(status::unsupported_media_type,
                     "the body must be application/x-www-form-urlencoded");
}

task<form_fields> read_form(body_reader in, form_limits limits) {
  const std::string text = co_await in.all();
  co_return form_fields::parse(text, limits);
}

}  // namespace

form_fields form_fields::parse(std::string_view text, const form_limits& limits) {
  form_fields fields;
  fields.text_.reserve(text.size());
  http::urlencoded_field sent;
  while (http::next_urlencoded(text, sent)) {
    if (fields.size() == limits.fields)
      throw http_error(status::bad_request, "a form or query has more than " +
                                                std::to_string(limits.fields) + " fields");
    append_or_refuse(fields.text_, sent.name);
    const auto name_end = fields.text_.size();
    append_or_refuse(fields.text_, sent.value);
    fields.ends_.push_back({name_end, fields.text_.size()});
  }
  return fields;
}

void form_fields::add(std::string_view name, std::string_view value) {
  text_.append(name);
  const auto name_end = text_.size();
  text_.append(value);
  ends_.push_back({name_end, text_.size()});
}

form_fields::field form_fields::operator[](std::size_t i) const noexcept {
  const std::string_view text = text_;
  const auto begin = i == 0 ? 0 : ends_[i - 1].value;
  const auto [name, value] = ends_[i];
  return {text.substr(begin, name - begin), text.substr(name, value - name)};
}

std::optional<std::string_view> form_fields::find(std::string_view name) const noexcept {
  for (const auto one : *this)
    if (one.name == name) return one.value;
  return std::nullopt;
}

std::vector<std::string_view> form_fields::find_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto one : *this)
    if (one.name == name) values.push_back(one.value);
  return values;
}

form_fields query(context& c, const form_limits& limits) {
  return form_fields::parse(c.query(), limits);
}

task<form_fields> form(context& c, form_limits limits) {
  require_form(c);
  return read_form(c.body(), limits);
}

task<form_fields> form(context& c, std::uint64_t limit_bytes, form_limits limits) {
  require_form(c);
  return read_form(c.body(limit_bytes), limits);
}

std::optional<std::string> context::query_value(std::string_view name) const {
  std::string_view rest = query();
  http::urlencoded_field sent;
  std::string decoded;
  while (http::next_urlencoded(rest, sent)) {
    decoded.clear();
    append_or_refuse(decoded, sent.name);
    if (decoded != name) continue;
    decoded.clear();
    append_or_refuse(decoded, sent.value);
    return decoded;
  }
  return std::nullopt;
}

}  // namespace shoal
