// shoal kill: for a node process that is beyond asking.
#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_kill(CLI::App& app, int& exit_code) {
  add_node_command(app, "kill", "Kills one node process (SIGKILL) and waits for the next",
                   "/v1/kill", exit_code);
}

}  // namespace shoal::tool
