// What the io_uring driver makes use of. Each can be left out, to see what it is worth on a machine
// (shoal bench); a server has no reason to. Decided when the driver is opened.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace shoal::io {

struct uring_features {
  /// One accept stays armed. Without: one is submitted for each connection.
  bool multishot_accept = true;
  /// One receive stays armed. Without: one is submitted after each that brought bytes.
  bool multishot_receive = true;
  /// A send that has left in full completes nothing. Without: each has a completion.
  bool skipped_completions = true;
  /// What a turn starts is submitted with its wait. Without: each by a system call of its own.
  bool batched_submissions = true;
  /// The kernel ends requests when we ask for completions. Without: whenever it likes, by
  /// interrupting the thread.
  bool deferred_task_work = true;
  /// The ring's descriptor is looked up once. Without: with each system call.
  bool registered_ring = true;
};

/// By the names that command lines have.
inline constexpr std::array<std::pair<std::string_view, bool uring_features::*>, 6>
    uring_feature_names = {{{"multishot-accept", &uring_features::multishot_accept},
                            {"multishot-receive", &uring_features::multishot_receive},
                            {"skipped-completions", &uring_features::skipped_completions},
                            {"batched-submissions", &uring_features::batched_submissions},
                            {"deferred-task-work", &uring_features::deferred_task_work},
                            {"registered-ring", &uring_features::registered_ring}}};

}  // namespace shoal::io
