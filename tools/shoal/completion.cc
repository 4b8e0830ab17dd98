// shoal completion: a script for a shell, made from the commands that this program has.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "commands.h"
#include "completion_script.h"

namespace shoal::tool {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

void describe(const CLI::Option& option, completed_command& out) {
  if (!option.nonpositional()) {
    out.takes_file = out.takes_file || option.get_name() == "FILE";
    return;
  }
  const bool has_value = option.get_items_expected_max() > 0;
  const auto add = [&](const std::string& name) {
    out.flags.push_back(
        {name, first_line(option.get_description()), has_value ? option.get_type_name() : ""});
  };
  for (const auto& name : option.get_lnames()) add("--" + name);
  for (const auto& name : option.get_snames()) add("-" + name);
}

completed_command describe(const CLI::App& command) {
  completed_command out{.name = command.get_name(), .help = first_line(command.get_description())};
  for (const auto* const option : command.get_options()) describe(*option, out);
  for (const auto* const word : command.get_subcommands(nullptr)) {
    out.words.push_back(word->get_name());
  }
  return out;
}

completed_commands commands_of(const CLI::App& program) {
  completed_commands all;
  for (const auto* const command : program.get_subcommands(nullptr)) {
    all.push_back(describe(*command));
  }
  return all;
}

}  // namespace

void add_completion(CLI::App& app, int& exit_code) {
  CLI::App* const command =
      app.add_subcommand("completion", "Prints what a shell needs to complete command lines");
  command->require_subcommand(1);
  using make = std::string (*)(const completed_commands&);
  for (const auto& [shell, make_script] : {std::pair<const char*, make>{"bash", bash_script},
                                           {"zsh", zsh_script},
                                           {"fish", fish_script}}) {
    CLI::App* const one = command->add_subcommand(shell, "The script for " + std::string(shell));
    one->callback([&app, &exit_code, script = make_script] {
      const bool printed = std::fputs(script(commands_of(app)).c_str(), stdout) >= 0;
      exit_code = printed ? exit_ok : exit_failure;
    });
  }
}

}  // namespace shoal::tool
