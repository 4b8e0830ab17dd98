#include "bench/machine_costs.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "topology/pin.h"

namespace shoal::bench {
namespace {

constexpr int rounds = 2000;

bool ring(int event) noexcept {
  const std::uint64_t once = 1;
  return ::write(event, &once, sizeof once) == sizeof once;
}

bool wait_for(int event) noexcept {
  std::uint64_t count = 0;
  return ::read(event, &count, sizeof count) == sizeof count;
}

}  // namespace

double system_call_ns() noexcept {
  constexpr int calls = 20'000;
  auto best = nanoseconds::max();
  for (int i = 0; i < 10; ++i) {
    const auto began = read_clock();
    // By number: a C library might answer from memory.
    for (int call = 0; call < calls; ++call) ::syscall(SYS_getppid);
    best = std::min(best, read_clock() - began);
  }
  return static_cast<double>(best.count()) / calls;
}

double wake_ns(unsigned cpu, unsigned other_cpu) {
  const descriptor there(::eventfd(0, EFD_CLOEXEC));
  const descriptor back(::eventfd(0, EFD_CLOEXEC));
  if (!there || !back || cpu == other_cpu) return -1;
  bool answers = true;
  std::thread echo([&] {
    static_cast<void>(topology::pin_this_thread(other_cpu));
    for (int i = 0; i < rounds && answers; ++i) answers = wait_for(there.get()) && ring(back.get());
  });
  std::vector<double> times;
  std::thread caller([&] {
    static_cast<void>(topology::pin_this_thread(cpu));
    for (int i = 0; i < rounds; ++i) {
      const auto began = read_clock();
      if (!ring(there.get()) || !wait_for(back.get())) break;
      times.push_back(static_cast<double>((read_clock() - began).count()));
    }
  });
  caller.join();
  echo.join();
  if (times.empty()) return -1;
  std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
  return times[times.size() / 2] / 2;
}

}  // namespace shoal::bench
