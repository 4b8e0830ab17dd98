#include "io/sim/faults.h"

namespace shoal::io::sim {
namespace {

/// 0 in half of the cases, else evenly up to `most`.
double draw(random_source& random, double most) noexcept {
  if (random.one_in(2)) return 0;
  return most * static_cast<double>(random.below(1000)) / 1000;
}

}  // namespace

faults draw_faults(random_source& random) noexcept {
  faults f;
  f.short_read = draw(random, 0.9);
  f.short_send = draw(random, 0.9);
  f.slow_peer = draw(random, 0.5);
  f.delay = draw(random, 0.9);
  f.reset = draw(random, 0.05);  // rare enough that most connections live to do something
  f.overtake = draw(random, 0.5);
  f.half_close = draw(random, 0.9);
  f.emfile = draw(random, 0.2);
  f.small_window = draw(random, 0.5);
  f.disorder = draw(random, 0.9);
  f.put_off = draw(random, 0.5);
  f.no_buffer = draw(random, 0.3);
  f.cancel_race = draw(random, 0.9);
  f.window = std::size_t{1} << (4 + random.below(14));  // 16 B to 128 KiB
  f.max_delay = nanoseconds{1'000'000} * (1 + random.below(1000));
  f.turn_time = random.one_in(2) ? nanoseconds{0} : nanoseconds{random.below(5'000'000)};
  return f;
}

}  // namespace shoal::io::sim
