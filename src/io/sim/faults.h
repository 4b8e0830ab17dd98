// What can go wrong in a simulated network, and how often. All of it is legal behaviour of TCP or
// of the driver contract: a program that breaks under it is wrong.
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/random.h"

namespace shoal::io::sim {

/// Probabilities from 0 (never) to below 1, drawn anew at each occasion. The defaults are a perfect
/// network without delay.
struct faults {
  double short_read = 0;    ///< a receive delivers a part of the bytes that are there
  double short_send = 0;    ///< a send goes on in the next turn after a part of what fits
  double slow_peer = 0;     ///< a peer reads a part of what has arrived, and the rest later
  double delay = 0;         ///< what travels takes up to max_delay; the order of bytes is kept
  double reset = 0;         ///< something arrives, and the connection is reset instead
  double overtake = 0;      ///< a reset overtakes the bytes sent before it
  double half_close = 0;    ///< a peer that closes sends FIN and reads on to the other end's FIN
  double emfile = 0;        ///< accepting meets EMFILE
  double small_window = 0;  ///< a connection's window is drawn from 1 to `window`
  double disorder = 0;      ///< the outcomes of a turn come in another order
  double put_off = 0;       ///< an outcome comes in a later turn
  double no_buffer = 0;     ///< a receive finds no buffer and goes on in the next turn
  double cancel_race = 0;   ///< what is cancelled happens before the cancel

  std::size_t window = 65'536;         ///< bytes under way or unread in one direction
  nanoseconds max_delay{200'000'000};  ///< for delay, slow_peer
  nanoseconds turn_time{0};  ///< a turn takes up to this long; at least 1 us if it has outcomes
};

/// A mixture from a seed: about half of the faults are off, so that the others get deeper (swarm
/// testing: Groce and others, ISSTA 2012).
[[nodiscard]] faults draw_faults(random_source&) noexcept;

}  // namespace shoal::io::sim
