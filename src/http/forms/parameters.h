// What stands behind the first word of a Content-Type or a Content-Disposition:
// `; name=token; name="quoted"` (RFC 9110 5.6.6). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::http {

/// Goes over a list of parameters.
///
/// A backslash in quotation marks stands for the next character only before '"' and another
/// backslash: browsers quote nothing else, and send the backslashes of "C:\new\a.txt" bare.
class parameter_reader final {
 public:
  enum class step : std::uint8_t { parameter, end, broken };

  /// `list` begins at a semicolon, or blanks before it, or is empty.
  explicit parameter_reader(std::string_view list) noexcept : rest_(list) {}

  /// Sets name() and value(). After `broken` no more.
  [[nodiscard]] step next();

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] const std::string& value() const noexcept { return value_; }

 private:
  void skip_blanks() noexcept;
  std::string_view take_token() noexcept;
  bool take_value();
  bool take_quoted();

  std::string_view rest_;
  std::string_view name_;
  std::string value_;
};

}  // namespace shoal::http
