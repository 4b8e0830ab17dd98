#include "open/timetable.h"

#include <cmath>
#include <utility>

namespace shoal::open {

double uniform(random_source& random) noexcept {
  return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

timetable::timetable(const options& asked)
    : mean_ns_(1e9 / asked.rate),
      poisson_(asked.arrivals == arrivals::poisson),
      random_(asked.seed) {
  double sum = 0;
  for (const request_class& each : asked.classes) upto_.push_back(sum += each.weight);
  for (double& each : upto_) each /= sum;
}

nanoseconds timetable::gap() noexcept {
  const double ns = poisson_ ? -std::log1p(-uniform(random_)) * mean_ns_ : mean_ns_;
  return nanoseconds(std::llround(ns));
}

std::size_t timetable::class_of_next() noexcept {
  const double at = uniform(random_);
  std::size_t index = 0;
  while (index + 1 < upto_.size() && at >= upto_[index]) ++index;
  return index;
}

deck::deck(const options& asked) : random_(asked.seed + 1) {
  const auto hot = static_cast<std::size_t>(std::lround(asked.hot_share * asked.connections));
  for (std::size_t i = 0; i < asked.connections; ++i) {
    cards_.insert(cards_.end(), i < hot ? asked.hot_factor : 1, i);
  }
  for (std::size_t i = cards_.size(); i > 1; --i)
    std::swap(cards_[i - 1], cards_[random_.below(i)]);
}

std::size_t deck::draw() noexcept { return cards_[random_.below(cards_.size())]; }

std::size_t deck::next() noexcept {
  const std::size_t card = cards_[at_];
  at_ = at_ + 1 == cards_.size() ? 0 : at_ + 1;
  return card;
}

}  // namespace shoal::open
