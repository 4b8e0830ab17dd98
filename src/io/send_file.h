// How the drivers of the kernel send a file: sendfile(2), called by the driver itself, as long as
// the socket takes it.
//
// Not IORING_OP_SPLICE: it always goes to a kernel thread, needs a pipe of its own for each
// transfer and two requests for each 64 KiB. sendfile moves references to pages of the page cache,
// blocks on a non-blocking socket for the disk alone, and is one call. What is left when the socket
// is full waits for room as each driver can wait for it.
#pragma once

#include <cstdint>

#include "io/operation.h"

namespace shoal::io {

/// Some 50 us of copying on the loopback interface, and enough that the calls do not show.
inline constexpr std::uint32_t most_file_bytes_a_step = 256 * 1024;

/// Makes one step. 0: it is over, all is sent or the file has ended; -EAGAIN: the socket is full;
/// -EINPROGRESS: there is room, but others want their turn; else a negated errno that ends it.
/// The first call on a thread blocks SIGPIPE there, as sendfile knows no MSG_NOSIGNAL.
[[nodiscard]] int send_file_step(send_file_op&, std::uint64_t& system_calls) noexcept;

}  // namespace shoal::io
