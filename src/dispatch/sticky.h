// The same key to the same worker, by rendezvous: each worker draws a number from key and its own
// number, the best one for its weight wins. When a worker goes, its keys spread over the others and
// nobody else's move; when it returns, just these come back. No table, no state: every process of
// every generation gives the same answer.
//
// A key goes elsewhere while its worker is not eligible. Who would rather wait makes candidates
// with `consider` and a limit for turns that is long.
#pragma once

#include "dispatch/candidate.h"

namespace shoal::dispatch {

unsigned sticky(candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
