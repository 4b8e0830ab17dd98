#include "load/options.h"

#include <algorithm>
#include <string>

namespace shoal::load {

namespace {

bool has_lonely_kind(const options& asked) noexcept {
  return std::ranges::any_of(asked.kinds, &request_kind::alone);
}

result<void> check_hot(const options& asked) {
  if (asked.hot.share == 0) return {};
  if (!joins_a_line(asked.pick)) {
    return error{0, "hot connections need requests that join lines: pick random or round-robin"};
  }
  const std::uint64_t hot = hot_ones(asked.hot, asked.connections);
  const std::string of_all = " of " + std::to_string(asked.connections) + " connections";
  if (hot == 0) {
    return error{0, "the share of hot connections is less than half a one" + of_all +
                        ": have more of them, or a larger share"};
  }
  const std::uint64_t cards = asked.connections + hot * (asked.hot.factor - 1);
  if (cards <= most_cards) return {};
  return error{0, std::to_string(hot) + of_all + " with " + std::to_string(asked.hot.factor) +
                      " times as many requests are a deck of " + std::to_string(cards) +
                      " cards, and " + std::to_string(most_cards) +
                      " are the limit: have fewer hot ones, or a smaller factor"};
}

result<void> check_picking(const options& asked) {
  if (asked.pick != pick::idle && !asked.open_loop()) {
    return error{0,
                 "picking connections needs a rate: without one, each asks again when it is "
                 "answered"};
  }
  if (auto right = check_hot(asked); !right) return right;
  if (asked.pick == pick::fresh && (asked.pipeline > 1 || asked.requests_each > 1)) {
    return error{0, "a new connection for each request has one request, and none behind it"};
  }
  const bool joined = asked.open_loop() ? asked.pick == pick::round_robin : asked.pipeline > 1;
  if (joined && has_lonely_kind(asked)) {
    return error{0,
                 "a request that is to be alone on its connection needs a rate, or one request "
                 "in flight, and no round-robin"};
  }
  return {};
}

}  // namespace

result<void> check(const options& asked) {
  if (asked.kinds.empty()) return error{0, "there is no request to send"};
  for (const request_kind& each : asked.kinds) {
    if (const auto right = check_request(each); !right) return right;
  }
  if (const auto right = check_picking(asked); !right) return right;
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
