// A configuration file: what it says could be said by flags, and comes back as it was from a file
// that is written anew; what is wrong has a place inside of the file and is one line; a line more
// at the top moves places and nothing else.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "cluster/options/config_file.h"
#include "cluster/options/option_table.h"
#include "cluster/options/settings.h"
#include "cluster/options/settings_report.h"
#include "cluster/options/toml_text.h"
#include "fuzz/pieces.h"

namespace shoal::cluster {
namespace {

/// "f:LINE:COLUMN" and what stands behind it.
struct placed {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string_view rest;
};

placed take_apart(std::string_view text) {
  SHOAL_CHECK(text.starts_with("f:"));
  placed out;
  const char* const end = text.data() + text.size();
  const auto line = std::from_chars(text.data() + 2, end, out.line);
  SHOAL_CHECK(line.ec == std::errc() && line.ptr != end && *line.ptr == ':');
  const auto column = std::from_chars(line.ptr + 1, end, out.column);
  SHOAL_CHECK(column.ec == std::errc());
  out.rest = {column.ptr, end};
  return out;
}

void check_problems(const config_file& file, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const auto& problem : file.problems) {
    const auto at = take_apart(problem);
    SHOAL_CHECK(at.line >= 1 && at.line <= lines && at.column >= 1);
    SHOAL_CHECK(at.column <= text.size() + 1);
    SHOAL_CHECK(at.rest.starts_with(": ") && at.rest.size() > 2);
    SHOAL_CHECK(problem.find('\n') == std::string::npos);
  }
}

/// Written anew, unless a line has become too long for a file.
void check_again(const config_file& file) {
  const auto before = settle({.code = {}, .file = {}, .environment = file.says});
  if (!before.problems.empty()) {
    SHOAL_CHECK(before.problems.size() == 1);  // each was good for itself
    return;
  }
  const auto written = to_text(before, shown_settings::given);
  const auto again = parse_config(written, "f");
  if (written.size() > longest_toml_line && !again.problems.empty()) return;
  SHOAL_CHECK(again.problems.empty());
  const auto after = settle({.code = {}, .file = {}, .environment = again.says});
  for (const auto& spec : option_table()) {
    SHOAL_CHECK(spec.show(after.values) == spec.show(before.values));
  }
}

/// toml++ reads UTF-8 in blocks, and finds fault with whole ones: ASCII alone.
void check_moved(const config_file& file, std::string_view text) {
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(text.begin(), text.end(), ascii)) return;
  const auto moved = parse_config("\n" + std::string(text), "f");
  SHOAL_CHECK(moved.problems.size() == file.problems.size());
  for (std::size_t i = 0; i < file.problems.size(); ++i) {
    const auto before = take_apart(file.problems[i]);
    const auto after = take_apart(moved.problems[i]);
    SHOAL_CHECK(after.line == before.line + 1 && after.column == before.column);
    SHOAL_CHECK(after.rest == before.rest);
  }
  for (std::size_t i = 0; i < file.says.size(); ++i) {
    SHOAL_CHECK(moved.says[i].has_value() == file.says[i].has_value());
    if (file.says[i]) SHOAL_CHECK(moved.says[i]->text == file.says[i]->text);
  }
}

}  // namespace
}  // namespace shoal::cluster

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto text = fuzz::as_text(data, size);
  const auto file = cluster::parse_config(text, "f");
  cluster::check_problems(file, text);
  cluster::check_again(file);
  cluster::check_moved(file, text);
  return 0;
}
