#include "base/log_text.h"

namespace shoal {
namespace {

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

void append_control(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += hex[byte >> 4];
  out += hex[byte & 15];
}

}  // namespace

std::string as_log_text(std::string_view said) {
  const auto all = cut_for_log(said);
  std::string out;
  out.reserve(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == '\n') {
      out += all[i + 1] == ' ' ? "\n" : "\n  ";  // the last byte is no line feed
    } else if (is_control(all[i])) {
      append_control(out, all[i]);
    } else {
      out += all[i];
    }
  }
  return out;
}

std::string cut_for_log(std::string_view said) {
  while (said.ends_with('\n')) said.remove_suffix(1);
  if (said.size() <= longest_log_line) return std::string(said);
  return std::string(said.substr(0, longest_log_line)) + "...";
}

}  // namespace shoal
