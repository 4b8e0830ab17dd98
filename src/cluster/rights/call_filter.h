// The filter of system calls that a node process lives under (--seccomp): what is not on the list
// of allowed_calls.h ends it, or is told to the kernel's log.
//
// It is put in place after rights were given up, before there is a thread and before anything of a
// client's is read. A second, smaller one follows when all rings are open: nobody makes one more,
// since the driver's are restricted (io/uring/restrictions.h) and another would not be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::cluster {

enum class filter_mode : unsigned char {
  off,
  log,  ///< nothing is forbidden; the kernel's log names what would be
  kill  ///< SIGSYS, and so the end of the process
};

struct call_filter {
  filter_mode mode = filter_mode::off;
  std::vector<std::string> more;  ///< allowed besides, with any arguments: names or numbers

  friend bool operator==(const call_filter&, const call_filter&) = default;
};

[[nodiscard]] std::optional<filter_mode> parse_filter_mode(std::string_view text) noexcept;

/// A name that some machine's kernel knows, or a number.
[[nodiscard]] bool is_system_call(const std::string& name);

/// Whether this kernel and the filters above us let it be put in place. No process changes.
[[nodiscard]] result<void> can_filter(const call_filter& wanted);

/// The calling process, for good. It must have given up gaining rights, and have one thread.
/// `has_rings`: it will open some.
[[nodiscard]] result<void> confine(const call_filter& wanted, bool has_rings);

/// All its threads, once they have the rings that they need.
[[nodiscard]] result<void> deny_more_rings(const call_filter& wanted);

/// What the kernel calls it, once confine() has been told to kill; else "?". For signal handlers.
[[nodiscard]] const char* name_of_call(int number) noexcept;

}  // namespace shoal::cluster
