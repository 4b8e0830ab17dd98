// Reading the small text files of /sys and /proc, from any root.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::topology {

/// A root without the slash at its end, so that "/sys/..." can follow: "/" becomes "".
[[nodiscard]] std::string root_prefix(std::string root);

/// The whole file, at most 1 MiB. The error names the path; its code is ENOENT where nothing is.
[[nodiscard]] result<std::string> read_text(const std::string& path);

/// nullopt where there is no such file; other failures are errors.
[[nodiscard]] result<std::optional<std::string>> read_text_if_there(const std::string& path);

/// Trimmed; "" where nothing can be read: of what is told if it is known.
[[nodiscard]] std::string read_what_is_there(const std::string& path);

/// "<path>: not a <what>: "<text>"", with the text cut to a readable length.
[[nodiscard]] error not_a(std::string_view what, const std::string& path, std::string_view text);

/// Without white space at either end.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Removes the first word and the space around it from `text` and returns it; empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& text) noexcept;

/// All of `text`, in decimal, without sign, space or overflow.
template <typename Integer>
[[nodiscard]] std::optional<Integer> parse_number(std::string_view text) noexcept {
  Integer number{};
  const auto end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace shoal::topology
