// shoal config: what a server would run with that is started here and now with a file, and who says
// so; or what a server that runs with another file would have to do to follow.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cluster/options/settings_change.h"
#include "cluster/options/settings_report.h"
#include "commands.h"
#include "settle_here.h"

namespace shoal::tool {
namespace {

struct config_options {
  std::string file;
  std::string diff;  ///< the other file; "" if it is not wanted
  bool effective = false;
  bool json = false;
};

constexpr const char* footer =
    "Variables such as SHOAL_WORKERS win over the file here, as they do at a start. Without FILE,\n"
    "SHOAL_CONFIG names it. What a program sets in its code, only PROGRAM --print-config shows.\n\n"
    "  shoal config /etc/shoal.toml --effective\n"
    "  shoal config new.toml --diff /etc/shoal.toml";

int print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? exit_ok : exit_failure;
}

int show_difference(const cluster::settings& settled, const config_options& wanted) {
  const auto before = settle_here(wanted.diff);
  if (!before) return exit_failure;
  const auto changes = cluster::changes_between(before->values, settled.values);
  return print(wanted.json ? to_json(changes) + "\n" : to_text(changes));
}

int run_config(const config_options& wanted) {
  const auto settled = settle_here(wanted.file);
  if (!settled) return exit_failure;
  if (!wanted.diff.empty()) return show_difference(*settled, wanted);
  using which = cluster::shown_settings;
  const auto shown = wanted.effective ? which::all : which::given;
  return print(wanted.json ? to_json(*settled, shown) + "\n" : to_text(*settled, shown));
}

}  // namespace

void add_config(CLI::App& app, int& exit_code) {
  const auto wanted = std::make_shared<config_options>();
  CLI::App* const command = app.add_subcommand(
      "config", "Shows what a configuration file and the environment set, and where");
  command->footer(footer);
  command->add_option("FILE", wanted->file, "The file, as of --config")->type_name("");
  auto* const effective =
      command->add_flag("--effective", wanted->effective, "All options, defaults as well");
  command
      ->add_option("--diff", wanted->diff,
                   "Which options differ from those of this file, and what each takes to count")
      ->type_name("FILE")
      ->excludes(effective);
  command->add_flag("--json", wanted->json, "Print JSON");
  command->callback([wanted, &exit_code] { exit_code = run_config(*wanted); });
}

}  // namespace shoal::tool
