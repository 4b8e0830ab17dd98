// Prints what a server says as it comes: what it has done to stdout, why not to stderr.
#pragma once

#include <string>
#include <string_view>

namespace shoal::tool {

class control_output final {
 public:
  explicit control_output(bool json) noexcept : json_(json) {}

  /// False: nobody reads it any more.
  bool take(int status, std::string_view piece);

  /// What no newline has ended. False: not all could be printed.
  bool finish();

 private:
  bool print(std::string_view line);

  const bool json_;
  int status_ = 0;
  std::string begun_;  // of a line
  bool good_ = true;
};

}  // namespace shoal::tool
