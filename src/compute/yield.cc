#include "shoal/compute/yield.h"

#include "base/clock.h"
#include "io/loop.h"

namespace shoal::detail {
namespace {

constexpr std::chrono::milliseconds loop_slice{1};
constexpr std::chrono::milliseconds compute_slice{10};

}  // namespace

bool slice_is_over() noexcept {
  if (const stretch* const away = stretch::current()) {
    return read_clock() - away->began() >= compute_slice;
  }
  const io::loop* const on = io::loop::current();
  return on != nullptr && read_clock() - on->now() >= loop_slice;
}

}  // namespace shoal::detail
