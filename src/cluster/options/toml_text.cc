// The only door to toml++, which is compiled in here: programs need no library of it.
#include "cluster/options/toml_text.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>

namespace shoal::cluster {
namespace {

text_position position_of(const toml::source_position& p) { return {p.line, p.column}; }

std::string_view word_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

/// Lists in lists are words only: no option takes them.
toml_value value_of(const toml::node& node, bool with_items) {
  using type = toml_value::type;
  toml_value out;
  out.word = word_of(node.type());
  out.at = position_of(node.source().begin);
  if (const auto* const text = node.as_string()) {
    out.what = type::text;
    out.text = text->get();
  } else if (const auto* const number = node.as_integer()) {
    out.what = type::number;
    out.text = std::to_string(number->get());
  } else if (const auto* const truth = node.as_boolean()) {
    out.what = type::truth;
    out.text = truth->get() ? "true" : "false";
  } else if (const auto* const list = node.as_array(); list != nullptr && with_items) {
    out.what = type::list;
    for (const auto& item : *list) out.items.push_back(value_of(item, false));
  }
  return out;
}

bool stands_before(const toml_entry& a, const toml_entry& b) {
  return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
}

std::vector<toml_entry> entries_of(const toml::table& table) {
  std::vector<toml_entry> all;
  for (const auto& [key, node] : table) {
    all.push_back({std::string(key.str()), position_of(key.source().begin), value_of(node, true)});
  }
  std::sort(all.begin(), all.end(), stands_before);  // the table has them by name
  return all;
}

/// A quote in the middle of a word begins none.
bool begins_text(std::string_view line, std::size_t at) {
  if (line[at] != '"' && line[at] != '\'') return false;
  return at == 0 || std::string_view(" \t=,[{.").find(line[at - 1]) != std::string_view::npos;
}

/// Behind a text that begins at `begin`; npos if its line ends before.
std::size_t end_of_text(std::string_view line, std::size_t begin) {
  const char quote = line[begin];
  for (auto i = begin + 1; i < line.size(); ++i) {
    if (line[i] == quote) return i + 1;
    if (line[i] == '\\' && quote == '"') ++i;
  }
  return std::string_view::npos;
}

bool is_strange(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x7f || (byte < ' ' && c != '\t' && c != '\r');
}

/// "" or why toml++ (3.3) is not shown this line. It takes for granted that behind [[ comes no
/// third one, that no } stands where a value should, and that outside of texts no letter is beyond
/// ASCII: anything may happen where one is. Texts of several lines are left out so that a line says
/// itself where its texts are.
std::string_view objection(std::string_view line) {
  static_assert(longest_toml_line == 1024);
  if (line.size() > longest_toml_line) return "a line of more than 1024 bytes";
  const auto first = std::min(line.find_first_not_of(" \t"), line.size());
  if (line.substr(first).starts_with('[')) {
    return "a line that begins with [; options stand at the top, without tables";
  }
  for (auto i = first; i < line.size() && line[i] != '#';) {
    if (is_strange(line[i])) return "a letter that needs quotes around it";
    if (line[i] == '{' || line[i] == '}') return "{ and } make a table; options have none";
    const auto rest = line.substr(i);
    if (rest.starts_with("\"\"\"") || rest.starts_with("'''")) {
      return "a text of several lines; no option has one";
    }
    i = begins_text(line, i) ? end_of_text(line, i) : i + 1;
  }
  return "";
}

/// With nothing in the lines that there are objections to.
std::string without_bad_lines(std::string_view text, std::vector<toml_problem>& problems) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::string out;
  for (unsigned line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto why = objection(text.substr(0, end));
    if (why.empty()) {
      out += text.substr(0, end);
    } else {
      problems.push_back({{line, 1}, std::string(why)});
    }
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string_view lines_before(std::string_view text, unsigned line) {
  std::size_t end = 0;
  for (unsigned i = 1; i < line && end < text.size(); ++i) {
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  }
  return text.substr(0, end);
}

/// toml++ shows the line end where it expected something else.
std::string in_one_line(std::string_view description) {
  std::string out(description);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return out;
}

/// Nothing, or what is no TOML; then there are no entries.
std::optional<toml_problem> parse(std::string_view text, std::vector<toml_entry>& entries) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return toml_problem{position_of(parsed.error().source().begin),
                        in_one_line(parsed.error().description())};
  }
  entries = entries_of(parsed.table());
  return std::nullopt;
}

}  // namespace

toml_document read_toml(std::string_view text) {
  toml_document out;
  const auto good = without_bad_lines(text, out.problems);
  if (auto problem = parse(good, out.entries)) {
    // What is wrong in the lines above shall be told in the same breath.
    parse(lines_before(good, problem->at.line), out.entries);
    out.problems.push_back(std::move(*problem));
  }
  return out;
}

}  // namespace shoal::cluster
