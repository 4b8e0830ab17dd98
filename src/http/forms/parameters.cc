#include "http/forms/parameters.h"

#include "http/chars.h"

namespace shoal::http {

parameter_reader::step parameter_reader::next() {
  do {
    skip_blanks();
    if (rest_.empty()) return step::end;
    if (rest_.front() != ';') return step::broken;
    rest_.remove_prefix(1);
    skip_blanks();
  } while (rest_.empty() || rest_.front() == ';');  // an empty parameter is none
  name_ = take_token();
  if (name_.empty() || rest_.empty() || rest_.front() != '=') return step::broken;
  rest_.remove_prefix(1);
  return take_value() ? step::parameter : step::broken;
}

void parameter_reader::skip_blanks() noexcept {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

std::string_view parameter_reader::take_token() noexcept {
  std::size_t size = 0;
  while (size < rest_.size() && is_token_char(rest_[size])) ++size;
  const auto token = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return token;
}

bool parameter_reader::take_value() {
  value_.clear();
  if (!rest_.empty() && rest_.front() == '"') return take_quoted();
  value_ = take_token();
  return !value_.empty();
}

bool parameter_reader::take_quoted() {
  for (std::size_t at = 1; at < rest_.size(); ++at) {
    char c = rest_[at];
    if (c == '"') {
      rest_.remove_prefix(at + 1);
      return true;
    }
    if (c == '\\' && at + 1 < rest_.size() && (rest_[at + 1] == '"' || rest_[at + 1] == '\\'))
      c = rest_[++at];
    value_.push_back(c);
  }
  return false;
}

}  // namespace shoal::http
