#include "cluster/options/settings_change.h"

#include <algorithm>

#include "base/json_writer.h"

namespace shoal::cluster {

std::vector<option_change> changes_between(const options& before, const options& after) {
  std::vector<option_change> changes;
  for (const auto& spec : option_table()) {
    option_change change{&spec, spec.show(before), spec.show(after)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

option_effect effect_of(const std::vector<option_change>& changes) {
  auto most = option_effect::at_once;
  for (const auto& change : changes) most = std::max(most, change.option->effect);
  return most;
}

std::string to_text(const std::vector<option_change>& changes) {
  const auto shown = [](const std::string& value) { return value.empty() ? "nothing" : value; };
  std::string text;
  for (const auto& [option, before, after] : changes) {
    text.append(option->name).append(": ").append(shown(before)).append(" -> ");
    text.append(shown(after)).append(" (").append(name_of(option->effect)).append(")\n");
  }
  return text;
}

std::string to_json(const std::vector<option_change>& changes) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("takes", name_of(effect_of(changes)));
  json.key("changes");
  json.begin_array();
  for (const auto& [option, before, after] : changes) {
    json.begin_object();
    json.member("name", option->name);
    json.member("before", before);
    json.member("after", after);
    json.member("takes", name_of(option->effect));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace shoal::cluster
