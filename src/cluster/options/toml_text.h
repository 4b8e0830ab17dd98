// From the text of a TOML file without tables to keys and values with their places; nothing here
// knows an option.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::cluster {

/// From 1; a column counts characters, not bytes.
struct text_position {
  unsigned line = 1;
  unsigned column = 1;
};

struct toml_value {
  enum class type : unsigned char { text, number, truth, list, other };
  type what = type::other;
  std::string_view word;          ///< "a text", "a date": for an error
  std::string text;               ///< of a text, number (decimal) or truth ("true", "false")
  std::vector<toml_value> items;  ///< of a list
  text_position at;
};

struct toml_entry {
  std::string key;
  text_position at;
  toml_value value;
};

struct toml_problem {
  text_position at;
  std::string text;
};

struct toml_document {
  std::vector<toml_entry> entries;  ///< in the order of the text
  /// Lines that are no part of `entries`; where the text is no TOML, all below are not either.
  std::vector<toml_problem> problems;
};

/// A longer line is refused: a key of a thousand dots is a tree as deep as that.
inline constexpr std::size_t longest_toml_line = 1024;

[[nodiscard]] toml_document read_toml(std::string_view text);

}  // namespace shoal::cluster
