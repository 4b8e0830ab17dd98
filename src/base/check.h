// What must hold. SHOAL_CHECK stands in every build, SHOAL_DCHECK in debug builds only; either one
// failing is a bug of ours and ends the process. Never for input or for a system call's answer.
#pragma once

namespace shoal {

/// Prints "file:line: check failed: text" to stderr and aborts. Async-signal-safe.
[[noreturn]] void check_failed(const char* file, int line, const char* text) noexcept;

}  // namespace shoal

#define SHOAL_CHECK(condition)                  \
  (__builtin_expect(!!(condition), 1) ? (void)0 \
                                      : ::shoal::check_failed(__FILE__, __LINE__, #condition))

#ifdef NDEBUG
#define SHOAL_DCHECK(condition) ((void)sizeof(!(condition)))
#else
#define SHOAL_DCHECK(condition) SHOAL_CHECK(condition)
#endif
