#pragma once

namespace shoal::bench {

/// What whoever measures has set for servers of their own, as SHOAL_* variables, shall not be part
/// of one that is measured. Before there are other threads.
void forget_settings();

}  // namespace shoal::bench
