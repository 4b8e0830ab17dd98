// The system calls of a request, made here instead of by the C library.
//
// Where page table isolation empties the TLB at each system call, as on guests without PCID, a
// library's wrapper costs two pages more at every call, its own and the table through which it is
// called: 2.5 to 3 % of an echo's whole cost, in four paired runs. A process with several threads
// pays for cancellation points on top.
//
// libc/socket_calls.h says the same in portable words. The build chooses: that one on other
// machines, and where a sanitizer wants to see the calls.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <ctime>
#include <span>

namespace shoal::io {

/// The kernel takes arguments in these registers, overwrites rcx and r11, and answers in rax.
inline long system_call(long number, long a, const void* b, std::size_t c, long d) noexcept {
  long answer = number;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = 0;
  register long r9 asm("r9") = 0;
  asm volatile("syscall"
               : "+a"(answer)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return answer;
}

// All answer with a count or a negated errno, and none but wait_events may block.

[[nodiscard]] inline long receive_bytes(int socket, std::span<std::byte> into) noexcept {
  return system_call(SYS_recvfrom, socket, into.data(), into.size(), MSG_DONTWAIT);
}

[[nodiscard]] inline long send_bytes(int socket, std::span<const std::byte> bytes,
                                     bool more_follows) noexcept {
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  return system_call(SYS_sendto, socket, bytes.data(), bytes.size(), flags);
}

/// timeout nullptr: for ever.
[[nodiscard]] inline long wait_events(int epoll, std::span<epoll_event> into,
                                      const timespec* timeout) noexcept {
  static_assert(sizeof(timespec) == 16, "what the kernel calls __kernel_timespec");
  return system_call(SYS_epoll_pwait2, epoll, into.data(), into.size(),
                     reinterpret_cast<long>(timeout));
}

}  // namespace shoal::io
