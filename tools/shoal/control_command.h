// What the commands have in common that ask a server for something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control_client.h"

namespace CLI {
class App;
}

namespace shoal::tool {

struct control_options {
  std::optional<std::uint64_t> pid;
  bool json = false;
  double timeout = 60;  ///< seconds
};

/// --pid, --json and --timeout.
void add_control_options(CLI::App& command, control_options& options);

enum class ends_with : unsigned char {
  answer,
  server,  ///< the server ends, and is waited for
  nothing  ///< it goes on until one side ends it; the timeout is for nobody
};

/// A command that has something done with one node process: POST `path`?node=NODE.
void add_node_command(CLI::App& app, const char* name, const char* help, const std::string& path,
                      int& exit_code);

/// Asks, prints what is answered, and returns an exit code; stderr says what has failed.
[[nodiscard]] int run_control(const control_options& options, const std::string& verb,
                              const std::string& target, ends_with end = ends_with::answer);

}  // namespace shoal::tool
