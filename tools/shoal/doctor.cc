// shoal doctor: whether this machine lets a server do what it can, and what to change if not.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cluster/options/placement_options.h"
#include "commands.h"
#include "doctor_report.h"
#include "settle_here.h"

namespace shoal::tool {
namespace {

struct doctor_options {
  std::string file;
  std::string root = "/";
  bool json = false;
};

constexpr const char* footer =
    "Run it as the user that the server runs as, in the same unit or container: rights and limits\n"
    "are theirs. Exit codes: 0 no problem, 1 problems, or it could not look.\n\n"
    "  shoal doctor /etc/app.toml\n"
    "  sudo -u app shoal doctor --json";

int complain(const error& e) {
  std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  return exit_failure;
}

int run_doctor(const doctor_options& asked) {
  const auto settled = settle_here(asked.file);
  if (!settled) return exit_failure;
  const auto& wanted = settled->values;
  const auto facts = read_facts(asked.root);
  if (!facts) return complain(facts.error());
  const auto& machine = facts.value().machine;
  const auto placement = topology::plan(machine, facts.value().limits, cluster::wish_of(wanted));
  if (!placement) return complain(placement.error());
  const auto trials = try_out(wanted, machine, placement.value());
  const auto all = judge({facts.value(), trials, wanted, placement.value()});
  const auto text = asked.json ? to_json(all) + "\n" : to_text(all);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return exit_failure;
  return has_problem(all) ? exit_failure : exit_ok;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  const auto asked = std::make_shared<doctor_options>();
  CLI::App* const command = app.add_subcommand(
      "doctor", "Says what this machine keeps a server from, and what to change");
  command->footer(footer);
  command->add_option("FILE", asked->file, "The server's configuration, as of --config")
      ->type_name("");
  command->add_option("--root", asked->root, "Where /proc and /sys describe the machine [/]")
      ->type_name("PATH");
  command->add_flag("--json", asked->json, "Print JSON");
  command->callback([asked, &exit_code] { exit_code = run_doctor(*asked); });
}

}  // namespace shoal::tool
