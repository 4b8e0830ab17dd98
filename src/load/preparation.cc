#include "load/preparation.h"

#include <sys/prctl.h>

#include <utility>

#include "base/descriptor_limit.h"
#include "topology/pin.h"
#include "topology/thread_priority.h"

namespace shoal::load {
namespace {

result<void> allow_descriptors(const options& asked) {
  const auto limit = raise_descriptor_limit();
  constexpr unsigned others = 32;
  constexpr unsigned for_each_thread = 4;
  const rlim_t needed =
      rlim_t{asked.connections} + others + rlim_t{asked.threads} * for_each_thread;
  if (needed <= limit) return {};
  return error{0, std::to_string(asked.connections) +
                      " connections need more descriptors than the " + std::to_string(limit) +
                      " that RLIMIT_NOFILE allows: raise it (ulimit -Hn) or have fewer"};
}

std::vector<std::string> texts_of(const options& asked) {
  std::vector<std::string> texts;
  for (const request_kind& each : asked.kinds) {
    texts.push_back(make_request(each, asked.to.host, asked.keep_alive));
  }
  return texts;
}

}  // namespace

result<preparation> prepare(options asked) {
  if (const auto right = check(asked); !right) return right.error();
  if (const auto room = allow_descriptors(asked); !room) return room.error();
  auto requests = tape::make(asked.kinds, texts_of(asked), asked.pipeline, asked.seed);
  if (!requests) return requests.error();
  auto choice = io::choose_driver(asked.driver);
  if (!choice) return choice.error();
  return preparation{.asked = std::move(asked),
                     .requests = std::move(requests).value(),
                     .driver = choice.value().kind,
                     .fallback_reason = choice.value().fallback_reason};
}

result<void> prepare_thread(int cpu) {
  if (cpu >= 0) {
    if (const auto pinned = topology::pin_this_thread(static_cast<unsigned>(cpu)); !pinned) {
      return pinned.error();
    }
  }
  ::prctl(PR_SET_TIMERSLACK, 1);  // 50,000 ns by default
  // Where the kernel takes no notice, it comes later on a busy core and says so (send lag).
  (void)topology::shorten_slices_of_this_thread(topology::loop_slice);
  return {};
}

}  // namespace shoal::load
