// shoal topo: the machine as shoal sees it, and where a server's processes and workers would go.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "commands.h"
#include "topo_drawing.h"
#include "topo_json.h"
#include "topo_svg.h"

namespace shoal::tool {
namespace {

struct topo_options {
  std::string root = "/";
  std::string description;
  topology::wish wish;
  bool json = false;
  bool svg = false;
};

constexpr const char* footer =
    "Exit codes: 0 done, 1 the machine cannot be read or planned for, 2 wrong usage.\n\n"
    "  shoal topo\n"
    "  shoal topo --topology 'numa:4 core:8 pu:2' --nodes 2\n"
    "  shoal topo --svg > machine.svg";

std::string text_of(const topo_view& view, const topo_options& asked) {
  if (asked.json) return to_json(view) + "\n";
  return asked.svg ? to_svg(view) : draw(view, style_here());
}

int run_topo(const topo_options& asked) {
  const auto view = asked.description.empty() ? view_tree(asked.root, asked.wish)
                                              : view_description(asked.description, asked.wish);
  if (!view) {
    std::fprintf(stderr, "shoal: %s\n", view.error().message.c_str());
    return exit_failure;
  }
  const auto text = text_of(view.value(), asked);
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? exit_ok : exit_failure;
}

void add_wishes(CLI::App& command, topology::wish& wish) {
  command.add_option("--nodes", wish.nodes, "Node processes, as of a server's --nodes [auto]")
      ->type_name("N")
      ->check(CLI::Range(1U, topology::max_workers));
  command.add_option("--workers", wish.workers, "Workers in each node process [auto]")
      ->type_name("N")
      ->check(CLI::Range(1U, topology::max_workers));
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
  add_wishes(*command, asked->wish);
  CLI::Option* const json = command->add_flag("--json", asked->json, "Print JSON");
  command->add_flag("--svg", asked->svg, "Print a picture")->excludes(json);
  command->callback([asked, &exit_code] { exit_code = run_topo(*asked); });
}

}  // namespace shoal::tool
