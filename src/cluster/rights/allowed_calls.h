// The system calls that a node process may make under --seccomp, with the reason for each group.
//
// It is a list of what is good: a call that a later kernel has is not on it. What handlers usually
// do is (files, sockets, threads, timers, memory). What a handler has no business with is not:
// starting programs and processes, looking into others or signalling them, mounts, modules,
// namespaces, keys, BPF, tracing, other users' rights, clocks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace shoal::cluster {

struct call_group {
  std::string_view why;
  std::string_view names;  ///< with blanks between them
};

/// With any arguments. Names are those of the kernel for any machine; this one may lack some.
[[nodiscard]] std::span<const call_group> allowed_calls() noexcept;

/// For processes that have rings.
[[nodiscard]] const call_group& calls_of_rings() noexcept;

/// The bits of `mask` in an argument are `value`. What an argument points to no filter can see.
struct argument_rule {
  unsigned argument;
  std::uint64_t mask;
  std::uint64_t value;
};

/// Allowed where all rules hold. Several with one name: where those of any do.
struct narrow_call {
  std::string_view name;
  std::vector<argument_rule> rules;
};

/// `self`: the process that will make them.
[[nodiscard]] std::vector<narrow_call> narrow_calls(pid_t self);

}  // namespace shoal::cluster
