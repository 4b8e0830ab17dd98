// One file for each command of the program; each adds itself to the command line.
#pragma once

namespace CLI {
class App;
}

namespace shoal::tool {

// What the program's end says to a script.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage =
    2;  ///< a flag or command that does not exist, or which server is not clear
inline constexpr int exit_no_server = 3;  ///< there is nothing to talk about

/// Each command, when it is the chosen one, runs during parsing and leaves its result in
/// `exit_code`. Both outlive the parsing.
void add_bench(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_completion(CLI::App& app, int& exit_code);
void add_config(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_drain(CLI::App& app, int& exit_code);
void add_dump(CLI::App& app, int& exit_code);
void add_events(CLI::App& app, int& exit_code);
void add_kill(CLI::App& app, int& exit_code);
void add_listeners(CLI::App& app, int& exit_code);
void add_load(CLI::App& app, int& exit_code);
void add_numa(CLI::App& app, int& exit_code);
void add_processes(CLI::App& app, int& exit_code);
void add_reload(CLI::App& app, int& exit_code);
void add_reopen(CLI::App& app, int& exit_code);
void add_restart(CLI::App& app, int& exit_code);
void add_rollback(CLI::App& app, int& exit_code);
void add_scale(CLI::App& app, int& exit_code);
void add_simulate(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_stop(CLI::App& app, int& exit_code);
void add_top(CLI::App& app, int& exit_code);
void add_topo(CLI::App& app, int& exit_code);
void add_undrain(CLI::App& app, int& exit_code);
void add_upgrade(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

}  // namespace shoal::tool
