#pragma once

#include "compute/executor.h"

namespace shoal::compute {

/// The executors of the server that this thread's loop runs: what functions find that handlers call
/// without a word about where they are.
[[nodiscard]] executors executors_here() noexcept;
void set_executors_here(const executors& those) noexcept;

}  // namespace shoal::compute
