// Pieces of a page. What comes from outside is escaped here and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::bench {

/// For text and attributes. Controls and what is not UTF-8 are made visible.
[[nodiscard]] std::string escape(std::string_view text);

/// <name>text</name>, the text escaped.
[[nodiscard]] std::string element(std::string_view name, std::string_view text);

/// No line ends within a figure: "1.22 × [1.19, 1.26]", "70 %".
[[nodiscard]] std::string unbroken(std::string_view text);

struct table {
  std::string caption;
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;  ///< the first cell names its row
};

/// Cells are text, as many in each row as there are headings. On a narrow page each row is a block.
[[nodiscard]] std::string to_html(const table& t);

/// Behind a line that opens it.
[[nodiscard]] std::string folded(std::string_view summary, const std::string& content);

}  // namespace shoal::bench
