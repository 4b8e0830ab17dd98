// shoal restart: one node process is replaced as in a reload.
#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_restart(CLI::App& app, int& exit_code) {
  add_node_command(app, "restart", "Replaces one node process; no connection is closed",
                   "/v1/restart", exit_code);
}

}  // namespace shoal::tool
