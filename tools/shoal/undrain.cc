// shoal undrain: a node process that was drained serves again.
#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_undrain(CLI::App& app, int& exit_code) {
  add_node_command(app, "undrain", "Has a node process serve again that was drained", "/v1/undrain",
                   exit_code);
}

}  // namespace shoal::tool
