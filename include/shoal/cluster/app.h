#pragma once

#include <functional>
#include <utility>

#include "shoal/cluster/events.h"
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

  /// Hears of all that happens to node processes, in the supervisor (events.h): `fork`, `online`,
  /// `listening`, `exit`, ... One; the last one counts.
  void on_event(std::function<void(const lifecycle_event&)> heard) {
    on_event([heard = std::move(heard)](supervisor&, const lifecycle_event& e) { heard(e); });
  }

  /// Likewise; through its first argument it can send messages to workers.
  void on_event(std::function<void(supervisor&, const lifecycle_event&)> heard) {
    hooks_.on_event = std::move(heard);
  }

  /// Says what follows when one ends that nobody told to. One; the last one counts.
  ///
  ///   app.on_exit([](const shoal::lifecycle_event& e) {
  ///     return e.code == 42 ? shoal::exit_policy::give_up : shoal::exit_policy::usual;
  ///   });
  void on_exit(std::function<exit_policy(const lifecycle_event&)> decides) {
    hooks_.on_exit = std::move(decides);
  }

  /// Serves until it is stopped (TERM, INT or QUIT drain; a second one stops at once). Returns what
  /// main should: 0 after a stop, else a code of docs/exit_codes.md, and stderr has said why.
  /// Threads: one, the main one; start others in state<T>(), not before.
  int run(int argc, const char* const* argv);

  /// Without flags; the environment counts, and the file that SHOAL_CONFIG names.
  int run();

 private:
  shoal::options options_;
  lifecycle_hooks hooks_;
};

}  // namespace shoal
