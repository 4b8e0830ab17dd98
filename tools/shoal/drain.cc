// shoal drain: a node process serves nobody, until undrain; it stays, and what it had goes to
// others.
#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_drain(CLI::App& app, int& exit_code) {
  add_node_command(app, "drain", "Has one node process serve nobody; its connections go to others",
                   "/v1/drain", exit_code);
}

}  // namespace shoal::tool
