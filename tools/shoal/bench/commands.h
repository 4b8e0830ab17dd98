// `shoal bench` has commands of its own; each adds itself to it.
#pragma once

namespace CLI {
class App;
}

namespace shoal::tool {

/// Each, when it is the chosen one, runs during parsing and leaves its result in `exit_code`. Both
/// outlive the parsing.
void add_bench_compare(CLI::App& bench, int& exit_code);
void add_bench_explain(CLI::App& bench, int& exit_code);
void add_bench_serve(CLI::App& bench, int& exit_code);

}  // namespace shoal::tool
