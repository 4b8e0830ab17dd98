#include "cluster/node/rebalancer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shoal::cluster {
namespace {

/// A moving average over about fifteen windows, a plain one until there are as many.
constexpr double least_gain = 0.07;
constexpr unsigned least_windows = 6;

/// Of the mean: nobody waits noticeably longer for less.
constexpr double margin = 0.06;
/// In standard errors. Four are exceeded by chance once in 30,000 times, so among 8 workers and ten
/// averages in a second that are mostly the same, once in some minutes; and then it costs little.
constexpr double beyond_chance = 4;
/// Who is less busy than this makes nobody wait for long.
constexpr double least_busy = 0.1;
/// Below this part of the mean a lack is not worth a move.
constexpr double least_lack = 0.02;

}  // namespace

std::vector<shift> rebalancer::look(monotonic_time now, std::span<const nanoseconds> busy) {
  const nanoseconds passed = now - looked_;
  if (passed < window) return {};
  looked_ = now;
  if (passed > longest_window) {
    begin_anew(busy);
    return {};
  }
  measure(passed, busy);
  return windows_ < least_windows ? std::vector<shift>() : decide(now);
}

void rebalancer::begin_anew(std::span<const nanoseconds> busy) noexcept {
  windows_ = 0;
  error_ = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i] = {.busy = busy[i], .rests = workers_[i].rests};
  }
}

void rebalancer::measure(nanoseconds passed, std::span<const nanoseconds> busy) noexcept {
  const double gain = std::max(1.0 / ++windows_, least_gain);
  error_ = (1 - gain) * (1 - gain) * error_ + gain * gain;
  double shares = 0;
  double variances = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    worker& one = workers_[i];
    const nanoseconds spent = busy[i] - std::exchange(one.busy, busy[i]);
    const double share = static_cast<double>(spent.count()) / static_cast<double>(passed.count());
    const double deviation = std::clamp(share, 0.0, 1.0) - one.share;
    one.share += gain * deviation;
    one.variance = (1 - gain) * (one.variance + gain * deviation * deviation);
    shares += one.share;
    variances += one.variance;
  }
  dispersion_ = shares > 0 ? variances / shares : 0;
}

/// The average's standard error. A worker's own variance alone would be a guess from few windows.
double rebalancer::chance(const worker& one) const noexcept {
  return std::sqrt(std::max(one.variance, dispersion_ * one.share) * error_);
}

/// Of those who serve.
double rebalancer::mean_share() const noexcept {
  double sum = 0;
  unsigned serve = 0;
  for (const worker& one : workers_) {
    if (one.rests) continue;
    sum += one.share;
    ++serve;
  }
  return serve == 0 ? 0 : sum / serve;
}

std::vector<shift> rebalancer::decide(monotonic_time now) {
  const double mean = mean_share();
  std::vector<shift> shifts;
  double above = 0;
  for (unsigned i = 0; i < workers_.size(); ++i) {
    const worker& one = workers_[i];
    const double surplus = one.share - mean;
    if (one.rests || one.share < least_busy || now < one.calm_until) continue;
    if (surplus < std::max(margin * mean, beyond_chance * chance(one))) continue;
    shifts.push_back({.from = i, .part = surplus / one.share, .to = {}});
    above += surplus;
  }
  if (shifts.empty()) return shifts;

  double below = 0;
  std::vector<shift::receiver> receivers;
  for (unsigned i = 0; i < workers_.size(); ++i) {
    const double lack = mean - workers_[i].share;
    if (workers_[i].rests || lack < least_lack * mean) continue;
    receivers.push_back({i, lack});
    below += lack;
  }
  if (receivers.empty()) return {};
  for (auto& one : receivers) one.weight /= below;

  const double scale = std::min(1.0, below / above);
  for (shift& one : shifts) {
    worker& giver = workers_[one.from];
    one.part *= scale;
    one.to = receivers;
    giver.share -= one.part * giver.share;
    giver.calm_until = now + calm;
  }
  for (const auto& one : receivers) {
    worker& receiver = workers_[one.worker];
    receiver.share += one.weight * above * scale;
    receiver.calm_until = now + calm;
  }
  return shifts;
}

}  // namespace shoal::cluster
