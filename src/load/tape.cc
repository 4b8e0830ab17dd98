#include "load/tape.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/random.h"

namespace shoal::load {
namespace {

// How many of all that are drawn, for as exact shares as there is room for.
std::size_t length_for(const std::vector<double>& shares, const std::vector<std::string>& texts) {
  if (shares.size() == 1) return 1;
  double mean = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    mean += shares[i] * static_cast<double>(texts[i].size());
  }
  const auto fitting = static_cast<std::size_t>(static_cast<double>(tape::usual_bytes) / mean);
  return std::clamp(fitting, shares.size(), tape::most_requests);
}

std::vector<double> shares_of(const std::vector<request_kind>& kinds) {
  std::vector<double> shares;
  double sum = 0;
  for (const request_kind& each : kinds) sum += each.weight;
  for (const request_kind& each : kinds) shares.push_back(each.weight / sum);
  return shares;
}

void shuffle(std::vector<std::uint32_t>& cards, std::uint64_t seed) {
  random_source random(seed);
  for (std::size_t i = cards.size(); i > 1; --i) std::swap(cards[i - 1], cards[random.below(i)]);
}

}  // namespace

result<tape> tape::make(const std::vector<request_kind>& kinds,
                        const std::vector<std::string>& texts, std::size_t longest_walk,
                        std::uint64_t seed) {
  const std::vector<double> shares = shares_of(kinds);
  const std::size_t length = length_for(shares, texts);
  tape made;
  for (std::uint32_t kind = 0; kind < shares.size(); ++kind) {
    const auto share = std::llround(shares[kind] * static_cast<double>(length));
    made.kinds_.insert(made.kinds_.end(), static_cast<std::size_t>(std::max(share, 1LL)), kind);
  }
  shuffle(made.kinds_, seed);

  const std::size_t all = made.size() + longest_walk - 1;
  const auto text_at = [&](std::size_t i) -> const std::string& {
    return texts[made.kinds_[i % made.size()]];
  };
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < all; ++i) bytes += text_at(i).size();
  if (bytes > most_bytes) {
    return error{0, "the requests of one round are " + std::to_string(bytes >> 20) +
                        " MiB, more than " + std::to_string(most_bytes >> 20) +
                        ": shorten their bodies, or have fewer in flight on a connection"};
  }
  made.text_.reserve(bytes);
  for (std::size_t i = 0; i < all; ++i) {
    made.begins_.push_back(made.text_.size());
    made.text_ += text_at(i);
  }
  made.begins_.push_back(made.text_.size());
  return made;
}

}  // namespace shoal::load
