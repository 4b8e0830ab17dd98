#include "control_output.h"

#include <cstdio>

#include "status_text.h"

namespace shoal::tool {
namespace {

/// A server that sends no newline at all does not fill our memory.
constexpr std::size_t longest_line = 1 << 20;

}  // namespace

bool control_output::take(int status, std::string_view piece) {
  status_ = status;
  begun_ += piece;
  std::size_t begin = 0;
  for (auto end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n', begin)) {
    good_ = good_ && print(std::string_view(begun_).substr(begin, end - begin));
    begin = end + 1;
  }
  begun_.erase(0, begin);
  if (begun_.size() > longest_line) good_ = false;
  // A pipe's reader has each line as soon as there is one.
  return good_ && std::fflush(stdout) == 0;
}

bool control_output::finish() {
  if (!begun_.empty()) good_ = good_ && print(begun_);
  begun_.clear();
  return good_;
}

bool control_output::print(std::string_view line) {
  if (json_) return std::printf("%.*s\n", static_cast<int>(line.size()), line.data()) >= 0;
  const auto text = printable(line);
  if (status_ == 200) return std::printf("%s\n", text.c_str()) >= 0;
  return std::fprintf(stderr, "shoal: %s\n", text.c_str()) >= 0;
}

}  // namespace shoal::tool
