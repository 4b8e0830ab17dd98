// shoal numa serve: the measured cluster by itself, for a look at it and for other generators.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "numa/cluster_server.h"
#include "numa/commands.h"

namespace shoal::tool {
namespace {

constexpr int exit_usage = 2;

constexpr const char* footer =
    "What stands behind -- are flags of a server: docs/configuration.md has them. GET /plaintext "
    "and\n"
    "/bytes/N, whose bytes come from 32 MiB that the worker has touched first.\n"
    "Exit codes are a server's (docs/exit_codes.md).\n\n"
    "  shoal numa serve --cores 0-3 -- --listen 127.0.0.1:8080 --nodes 2";

struct serve_words {
  std::string cores;
  std::vector<std::string> flags;
};

int run_serve(const serve_words& asked) {
  const auto cores = topology::parse_cpu_list(asked.cores);
  if (!cores) {
    std::fprintf(stderr, "shoal: --cores %s: must be a list of cores, such as 0-3,8\n",
                 asked.cores.c_str());
    return exit_usage;
  }
  return numa::serve_cluster(*cores, asked.flags);
}

}  // namespace

void add_numa_serve(CLI::App& parent, int& exit_code) {
  const auto asked = std::make_shared<serve_words>();
  CLI::App* const command =
      parent.add_subcommand("serve", "The cluster that is measured, with any flags of a server");
  command->footer(footer);
  command->add_option("--cores", asked->cores, "That it is kept on [all]")->type_name("LIST");
  command->add_option("FLAG", asked->flags, "Of the server, behind --")->type_name("");
  command->callback([asked, &exit_code] { exit_code = run_serve(*asked); });
}

}  // namespace shoal::tool
