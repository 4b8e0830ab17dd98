// `shoal numa` has a command of its own, which adds itself to it.
#pragma once

namespace CLI {
class App;
}

namespace shoal::tool {

/// When it is the chosen one it runs during parsing and leaves its result in `exit_code`. Both
/// outlive the parsing.
void add_numa_serve(CLI::App& numa, int& exit_code);

}  // namespace shoal::tool
