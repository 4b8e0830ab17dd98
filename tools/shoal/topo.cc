// shoal topo: the machine as shoal sees it, and where a server's processes and workers would go.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/options/option_table.h"
#include "cluster/options/placement_options.h"
#include "cluster/options/settings.h"
#include "commands.h"
#include "topo_drawing.h"
#include "topo_json.h"
#include "topo_svg.h"

namespace shoal::tool {
namespace {

struct topo_options {
  std::string root = "/";
  std::string description;
  cluster::option_layer server = cluster::silent_layer();  ///< options as a server's
  bool json = false;
  bool svg = false;
};

/// Those of a server's options that say who runs where.
constexpr std::array<std::string_view, 6> placing = {"nodes",     "workers", "unit",
                                                     "placement", "memory",  "threads-per-core"};

constexpr const char* footer =
    "Options of a server are read as it reads them (docs/placement.md); no variable of ours is.\n"
    "Exit codes: 0 done, 1 the machine cannot be read or planned for, 2 wrong usage.\n\n"
    "  shoal topo\n"
    "  shoal topo --topology 'numa:4 core:8 pu:2' --nodes 2\n"
    "  shoal topo --unit llc --threads-per-core 1\n"
    "  shoal topo --svg > machine.svg";

std::string text_of(const topo_view& view, const topo_options& asked) {
  if (asked.json) return to_json(view) + "\n";
  return asked.svg ? to_svg(view) : draw(view, style_here());
}

/// Refused in the words of a server that is started with the same flags.
topology::wish wish_of(const cluster::option_layer& server) {
  const auto settled = cluster::settle({.code = {}, .file = {}, .flags = server});
  std::string wrong;
  for (const auto& problem : settled.problems) wrong += (wrong.empty() ? "" : "\n") + problem;
  if (!wrong.empty()) throw CLI::ValidationError(wrong);
  return cluster::wish_of(settled.values);
}

int run_topo(const topo_options& asked) {
  const auto wish = wish_of(asked.server);
  const auto view = asked.description.empty() ? view_tree(asked.root, wish)
                                              : view_description(asked.description, wish);
  if (!view) {
    std::fprintf(stderr, "shoal: %s\n", view.error().message.c_str());
    return exit_failure;
  }
  const auto text = text_of(view.value(), asked);
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? exit_ok : exit_failure;
}

void add_server_options(CLI::App& command, cluster::option_layer& server) {
  for (const auto name : placing) {
    const std::size_t place = cluster::find_option(name).value();
    const auto& spec = cluster::option_table()[place];
    const auto flag = "--" + std::string(name);
    const auto take = [&said = server[place], flag](const std::string& text) {
      said = cluster::option_text{text, flag};
    };
    command
        .add_option_function<std::string>(flag, take,
                                          std::string(spec.help) + " [" + spec.show({}) + "]")
        ->type_name(std::string(cluster::name_of(spec.kind)))
        ->group("As of a server");
  }
}

}  // namespace

void add_topo(CLI::App& app, int& exit_code) {
  const auto asked = std::make_shared<topo_options>();
  CLI::App* const command =
      app.add_subcommand("topo", "Draws the machine, and where a server's workers would run");
  command->footer(footer);
  CLI::Option* const root =
      command->add_option("--root", asked->root, "Where /proc and /sys describe the machine [/]")
          ->type_name("PATH");
  command
      ->add_option("--topology", asked->description,
                   "Another machine: 'numa:4 core:8 pu:2', or an XML file of lstopo")
      ->type_name("TEXT|FILE")
      ->excludes(root);
  add_server_options(*command, asked->server);
  CLI::Option* const json = command->add_flag("--json", asked->json, "Print JSON");
  command->add_flag("--svg", asked->svg, "Print a picture")->excludes(json);
  command->callback([asked, &exit_code] { exit_code = run_topo(*asked); });
}

}  // namespace shoal::tool
