#include "load/options.h"

#include <string>

namespace shoal::load {

result<void> check(const options& asked) {
  if (asked.kinds.empty()) return error{0, "there is no request to send"};
  for (const request_kind& each : asked.kinds) {
    if (const auto right = check_request(each); !right) return right;
  }
  if (asked.threads > asked.connections) {
    return error{0, std::to_string(asked.threads) + " threads cannot share " +
                        std::to_string(asked.connections) +
                        " connections: each needs one at least"};
  }
  if (asked.count != 0 && asked.count < asked.threads) {
    return error{0, std::to_string(asked.threads) + " threads cannot share " +
                        std::to_string(asked.count) + " requests"};
  }
  if (asked.arrivals.how != pattern::constant && !asked.open_loop()) {
    return error{0, "arrivals need a rate: without one, answers decide when requests leave"};
  }
  return {};
}

}  // namespace shoal::load
