#pragma once

#include "shoal/cluster/options.h"
#include "shoal/http/routes.h"

namespace shoal {

/// A server: its routes, its options, and the cluster of processes that serves them.
///
///   int main(int argc, char** argv) {
///     shoal::app app;
///     app.get<"/">([] { return "Hello, world!\n"; });
///     return app.run(argc, argv);
///   }
///
/// run() forks: what main has set up before (routes, captured values, open files) is there in every
/// node process. What must not be shared by them (connections, threads, random seeds) belongs into
/// state<T>().
class app : public http::routes {
 public:
  using http::routes::options;  // the routes of the OPTIONS method

  /// What flags, environment and configuration file have not set. To be changed before run().
  [[nodiscard]] shoal::options& options() noexcept { return options_; }

  /// Serves until it is stopped (TERM, INT or QUIT drain; a second one stops at once). Returns what
  /// main should: 0 after a stop, else a code of docs/exit_codes.md, and stderr has said why.
  /// Threads: one, the main one; start others in state<T>(), not before.
  int run(int argc, const char* const* argv);

  /// Without flags; the environment counts, and the file that SHOAL_CONFIG names.
  int run();

 private:
  shoal::options options_;
};

}  // namespace shoal
