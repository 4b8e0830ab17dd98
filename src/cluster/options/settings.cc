#include "cluster/options/settings.h"

#include <algorithm>

#include "cluster/exit_code.h"
#include "cluster/options/config_file.h"
#include "cluster/options/option_table.h"

namespace shoal::cluster {
namespace {

void complain(settings& out, std::string text) {
  out.problems.push_back(std::move(text));
  out.code = exit_usage;
}

option_layer read_file(const std::string& path, settings& out) {
  if (path.empty()) return silent_layer();
  auto file = load_config(path);
  out.problems = std::move(file.problems);
  if (!out.problems.empty()) out.code = exit_configuration;
  return std::move(file.says);
}

struct claim {
  option_source source;
  const std::optional<option_text>& said;
};

void settle_one(const option_spec& spec, std::initializer_list<claim> best_first, settings& out) {
  const auto wins = std::find_if(best_first.begin(), best_first.end(),
                                 [](const claim& c) { return c.said.has_value(); });
  auto& origin = out.origins.emplace_back();
  if (wins == best_first.end()) {
    const bool same = spec.show(out.values) == spec.show(options{});
    origin.source = same ? option_source::preset : option_source::code;
    return;
  }
  const auto& [text, where] = *wins->said;
  origin = {wins->source, where};
  if (const auto set = spec.set(out.values, text); !set) {
    complain(out, where + " \"" + text + "\": " + set.error().message);
  }
}

}  // namespace

settings settle(const option_layers& layers) {
  settings out;
  out.values = layers.code;
  const auto file = read_file(layers.file, out);
  for (std::size_t i = 0; i < option_table().size(); ++i) {
    settle_one(option_table()[i],
               {{option_source::flag, layers.flags[i]},
                {option_source::environment, layers.environment[i]},
                {option_source::file, file[i]}},
               out);
  }
  if (!out.problems.empty()) return out;
  if (const auto fits = check_together(out.values); !fits) complain(out, fits.error().message);
  return out;
}

}  // namespace shoal::cluster
