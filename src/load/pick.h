// Which connection a request of an open loop is given to.
//
// Clients differ in what they do when they have several connections, and what a server can do about
// a slow request differs with them: a pool takes an idle one, a client with one connection of its
// own waits behind what it has asked before, and one without any opens another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace shoal::load {

enum class pick : std::uint8_t {
  idle,         ///< the one that is idle for longest; else it waits for the first that is
  random,       ///< any, whose line it joins: each connection is a client of its own
  round_robin,  ///< one after another in a shuffled order, whose lines they join
  fresh,        ///< a new one, opened when the request is due and closed after its answer
};

/// "idle", "random", "round-robin" or "new".
[[nodiscard]] result<pick> parse_pick(std::string_view text);
[[nodiscard]] std::string_view name_of(pick) noexcept;

/// A request is given to a connection whether that is busy or not.
[[nodiscard]] constexpr bool joins_a_line(pick how) noexcept {
  return how == pick::random || how == pick::round_robin;
}

/// Connections that get more requests than others.
struct hot_connections {
  double share = 0;  ///< of all, 0 to 1
  unsigned factor = 1;
};

/// "SHARE:FACTOR", as 0.1:10.
[[nodiscard]] result<hot_connections> parse_hot(std::string_view text);

/// How many of so many connections are hot, rounded.
[[nodiscard]] std::uint64_t hot_ones(hot_connections hot, std::uint64_t connections) noexcept;

/// Of all threads together: 64 MiB.
inline constexpr std::uint64_t most_cards = 1 << 24;

/// Connections by their share of the load: each of the first `hot` ones lies in the deck `factor`
/// times.
class deck final {
 public:
  deck(std::size_t connections, std::size_t hot, unsigned factor, std::uint64_t seed);

  [[nodiscard]] std::size_t draw() noexcept;  ///< any card, put back
  [[nodiscard]] std::size_t next() noexcept;  ///< the next of the shuffled deck, round and round

 private:
  std::vector<std::uint32_t> cards_;
  std::size_t at_ = 0;
  random_source random_;
};

}  // namespace shoal::load
