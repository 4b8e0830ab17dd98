// What a ring of this driver takes, and nothing else: the kernel refuses all other requests and
// registrations with EACCES, from whoever in the process makes them.
//
// A ring is a second way to the kernel, by which no filter of system calls is asked. Who comes to
// rule a worker finds its ring; so it shall do no more than move bytes over sockets: open no file,
// make no socket of another family, hand no descriptor to anybody. Features that few ask for
// (io/uring_features.h) have their requests where they are used, and only there.
#pragma once

#include "io/uring/uring_compat.h"
#include "io/uring_features.h"

namespace shoal::io::uring {

/// For a ring that was made disabled and has all that it needs registered: from now on it belongs
/// to the calling thread and takes requests. Once and for good. 0 or a negated errno. Cost      a
/// look at three words for each submission: not to be seen in a request
[[nodiscard]] int restrict_and_enable(io_uring& ring, const uring_features& used) noexcept;

}  // namespace shoal::io::uring
