// The mechanism `cbpf`: shares, compiled to a classic BPF program that the kernel runs at each new
// connection of a SO_REUSEPORT group. It draws a random number and finds in whose share it lies.
// Classic BPF knows no maps, so new shares are a new program: the group swaps it atomically, and no
// connection is lost. No privilege is needed.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace shoal::dispatch {

/// Two instructions for each worker, of the kernel's 4,096.
inline constexpr unsigned most_cbpf_workers = 2040;

/// One share for each worker, relative to their sum; all zero means all alike.
[[nodiscard]] std::vector<sock_filter> compile_shares(std::span<const std::uint32_t> shares);

/// For the whole group of this socket; the n-th that joined it is worker n. Tens of microseconds.
[[nodiscard]] result<void> attach_shares(int socket, std::span<const sock_filter> program);

/// No program decides for the group of this socket from now on, but the kernel's hash.
void detach_steering(int socket) noexcept;

}  // namespace shoal::dispatch
