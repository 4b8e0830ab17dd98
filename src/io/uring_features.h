// What the io_uring driver makes use of. Most can be left out, to see what they are worth on a
// machine (shoal bench); some are used only where somebody asks for them, to see what they would
// be. A server has no reason to do either. Decided when the driver is opened.
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

  // Only where asked for.

  /// Sends of 16 KiB and more that none follows at once leave from where their bytes are
  /// (uring/zero_copy.h). They end when the peer has acknowledged them, and a cancelled one resets
  /// its connection.
  bool zero_copy_send = false;
  /// A thread of the kernel's looks for what is to be submitted, so that most turns make no system
  /// call (uring/ring_polled.cc). It takes a core while there is work. Goes without
  /// skipped_completions and deferred_task_work.
  bool sqpoll = false;
  /// Sockets are looked up once, and not for each receive and send (uring/registered_files.h).
  bool registered_files = false;
  /// Who waits looks at the network card's queue for a while before it sleeps (uring/napi.h).
  bool napi_busy_poll = false;
};

struct uring_feature_name {
  std::string_view name;  ///< as command lines have it
  bool uring_features::* member;
};

inline constexpr std::array<uring_feature_name, 6> uring_feature_names = {
    {{"multishot-accept", &uring_features::multishot_accept},
     {"multishot-receive", &uring_features::multishot_receive},
     {"skipped-completions", &uring_features::skipped_completions},
     {"batched-submissions", &uring_features::batched_submissions},
     {"deferred-task-work", &uring_features::deferred_task_work},
     {"registered-ring", &uring_features::registered_ring}}};

/// Of those that are used only where asked for.
inline constexpr std::array<uring_feature_name, 4> uring_extra_names = {
    {{"zero-copy-send", &uring_features::zero_copy_send},
     {"sqpoll", &uring_features::sqpoll},
     {"registered-files", &uring_features::registered_files},
     {"napi-busy-poll", &uring_features::napi_busy_poll}}};

}  // namespace shoal::io
