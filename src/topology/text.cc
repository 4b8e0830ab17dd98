#include "topology/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"

namespace shoal::topology {
namespace {

constexpr std::size_t text_bytes_max = std::size_t{1} << 20;
constexpr std::string_view white_space = " \t\r\n";

}  // namespace

std::string root_prefix(std::string root) {
  while (root.ends_with('/')) root.pop_back();
  return root;
}

result<std::string> read_text(const std::string& path) {
  // O_NONBLOCK: a pipe in the place of a file must not stop the boot.
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return system_error(errno, path);
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t bytes = ::read(file.get(), buffer, sizeof buffer);
    if (bytes == 0) return text;
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return system_error(errno, path);
    text.append(buffer, static_cast<std::size_t>(bytes));
    if (text.size() > text_bytes_max) return error{0, path + ": longer than 1 MiB"};
  }
}

result<std::optional<std::string>> read_text_if_there(const std::string& path) {
  auto text = read_text(path);
  if (text) return std::optional(std::move(text).value());
  if (text.error().code == ENOENT || text.error().code == ENOTDIR)
    return std::optional<std::string>();
  return text.error();
}

std::string read_what_is_there(const std::string& path) {
  const auto text = read_text(path);
  return text ? std::string(trim(text.value())) : std::string();
}

error not_a(std::string_view what, const std::string& path, std::string_view text) {
  std::string shown(trim(text).substr(0, 40));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return {0, path + ": not a " + std::string(what) + ": \"" + shown + '"'};
}

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::string_view take_word(std::string_view& text) noexcept {
  text = trim(text);
  const auto word = text.substr(0, text.find_first_of(white_space));
  text = trim(text.substr(word.size()));
  return word;
}

}  // namespace shoal::topology
