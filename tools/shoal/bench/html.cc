#include "bench/html.h"

#include "status_text.h"

namespace shoal::bench {
namespace {

/// A narrow page has no place for headings; there each cell says what it is.
std::string cell(const std::string& heading, const std::string& text) {
  const std::string label = heading.empty() ? "" : " data-label=\"" + escape(heading) + "\"";
  return "<td" + label + ">" + escape(unbroken(text)) + "</td>";
}

std::string cells(const table& t, const std::vector<std::string>& row) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < row.size(); ++i) {
    html += i == 0 ? "<th scope=\"row\">" + escape(unbroken(row[i])) + "</th>"
                   : cell(t.headings[i], row[i]);
  }
  return html + "</tr>\n";
}

}  // namespace

std::string escape(std::string_view text) {
  std::string html;
  for (const char c : tool::printable(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string element(std::string_view name, std::string_view text) {
  const std::string tag(name);
  return "<" + tag + ">" + escape(text) + "</" + tag + ">";
}

std::string unbroken(std::string_view text) {
  constexpr std::string_view times = "×";
  std::string kept;
  bool bracket = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == ']') bracket = text[i] == '[';
    const std::string_view next = text.substr(i + 1);
    const bool within =
        bracket || next.starts_with(times) || next.starts_with('%') || next.starts_with('[');
    if (text[i] == ' ' && within) {
      kept += "\u00a0";
    } else {
      kept += text[i];
    }
  }
  return kept;
}

std::string to_html(const table& t) {
  std::string html = "<div class=\"table\"><table>\n" +
                     (t.caption.empty() ? "" : element("caption", t.caption) + "\n") +
                     "<thead><tr>";
  for (const std::string& heading : t.headings) {
    html += "<th scope=\"col\">" + escape(heading) + "</th>";
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : t.rows) html += cells(t, row);
  return html + "</tbody>\n</table></div>\n";
}

std::string folded(std::string_view summary, const std::string& content) {
  return "<details>" + element("summary", summary) + "\n" + content + "</details>\n";
}

}  // namespace shoal::bench
