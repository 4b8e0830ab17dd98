#include "dispatch/ledger.h"

#include <algorithm>

namespace shoal::dispatch {
namespace {

constexpr std::uint64_t longest_us = 3'600'000'000;  // an hour: a sum of these does not overflow

}  // namespace

void ledger::gave(unsigned worker) noexcept {
  account& a = accounts_[worker];
  ++a.unseen;
  ++a.recent;
  if (++recent_sum_ < 2 * even * accounts_.size()) return;
  recent_sum_ = 0;
  for (account& each : accounts_) recent_sum_ += each.recent /= 2;
}

void ledger::saw(unsigned worker, std::uint64_t taken) noexcept {
  account& a = accounts_[worker];
  a.unseen -= std::min(a.unseen, taken < a.taken ? taken : taken - a.taken);
  a.taken = taken;
}

candidate ledger::amend(candidate c, unsigned worker, std::uint64_t each_us) const noexcept {
  const account& a = accounts_[worker];
  c.work_us += a.unseen * std::min(each_us, longest_us);
  c.connections += a.unseen;
  c.recent = a.recent;
  return c;
}

}  // namespace shoal::dispatch
