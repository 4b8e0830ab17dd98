// shoal upgrade: another program, as a rule the next version, takes the place of the one that runs.
#include <CLI/CLI.hpp>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {
namespace {

struct upgrade_options : control_options {
  std::string binary;
};

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
    out +=
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' ? std::string(1, c) : escape;
  }
  return out;
}

/// A path means what it does here; the server may stand in another directory.
std::string target_of(const upgrade_options& options) {
  if (options.binary.empty()) return "/v1/upgrade";
  const auto path = std::filesystem::absolute(options.binary).string();
  return "/v1/upgrade?binary=" + percent_encoded(path);
}

}  // namespace

void add_upgrade(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<upgrade_options>();
  CLI::App* const command = app.add_subcommand(
      "upgrade", "Another program takes the server's place; no connection is closed");
  command->add_option("--binary", options->binary,
                      "The program [the path by which the server was started]");
  add_control_options(*command, *options);
  command->callback(
      [options, &exit_code] { exit_code = run_control(*options, "POST", target_of(*options)); });
}

}  // namespace shoal::tool
