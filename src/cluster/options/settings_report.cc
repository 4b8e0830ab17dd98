#include "cluster/options/settings_report.h"

#include <algorithm>

#include "base/json_writer.h"
#include "cluster/options/option_table.h"
#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

/// As JSON, which TOML agrees with as far as values in one line go.
void write_value(json_writer& json, const option_spec& spec, const std::string& text) {
  const auto number = parse_number(text);
  if (spec.kind == value_kind::on_off) return json.value(text == "on");
  if (spec.kind == value_kind::number && number) return json.value(*number);
  if (!spec.repeatable()) return json.value(text);
  json.begin_array();
  for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    json.value(text.substr(begin, end - begin));
    begin = end + 1;
  }
  json.end_array();
}

std::string value_of(const option_spec& spec, const options& values) {
  std::string out;
  json_writer json(out);
  write_value(json, spec, spec.show(values));
  return out;
}

/// "shoal.toml:3:1" or "default", without line ends and what else a comment must not have.
std::string words_of(const option_origin& origin) {
  if (origin.where.empty()) return std::string(name_of(origin.source));
  std::string out;
  append_json_string(out, origin.where);
  return out.substr(1, out.size() - 2);
}

/// JSON leaves DEL as it is, TOML does not.
std::string as_toml(const std::string& line) {
  std::string out;
  for (const char c : line) c == '\x7f' ? out.append("\\u007F") : out.append(1, c);
  return out;
}

template <typename Take>
void for_each(const settings& all, shown_settings which, Take take) {
  for (std::size_t i = 0; i < option_table().size(); ++i) {
    const bool given = all.origins[i].source != option_source::preset;
    if (given || which == shown_settings::all) take(option_table()[i], all.origins[i]);
  }
}

}  // namespace

std::string to_text(const settings& all, shown_settings which) {
  constexpr std::size_t comment_column = 44;
  std::string text;
  for_each(all, which, [&](const option_spec& spec, const option_origin& origin) {
    auto line = std::string(spec.name) + " = " + value_of(spec, all.values);
    line.resize(std::max(line.size() + 2, comment_column), ' ');
    text += as_toml(line + "# " + words_of(origin)) + '\n';
  });
  return text;
}

std::string to_json(const settings& all, shown_settings which) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.key("options");
  json.begin_array();
  for_each(all, which, [&](const option_spec& spec, const option_origin& origin) {
    json.begin_object();
    json.member("name", spec.name);
    json.key("value");
    write_value(json, spec, spec.show(all.values));
    json.member("source", name_of(origin.source));
    if (origin.where.empty()) {
      json.member("where", nullptr);
    } else {
      json.member("where", origin.where);
    }
    json.member("takes", name_of(spec.effect));
    json.end_object();
  });
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace shoal::cluster
