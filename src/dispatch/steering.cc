#include "dispatch/steering.h"

#include <algorithm>
#include <utility>

#include "dispatch/steer_cbpf.h"
#include "dispatch/steer_weights.h"

namespace shoal::dispatch {
namespace {

steer_rules rules_for(policy_kind policy, unsigned workers) noexcept {
  const auto mode = policy == policy_kind::sticky   ? steer_by_address
                    : policy == policy_kind::random ? steer_by_chance
                                                    : steer_by_load;
  return {.workers = workers,
          .mode = mode,
          .stall_ns = static_cast<std::uint64_t>(steer_stall.count()),
          .way_us = 100};
}

std::string note(steer_kind missed, std::string_view why) {
  return "not " + std::string(name_of(missed)) + ": " + std::string(why);
}

/// With one worker there is nothing to choose.
constexpr bool worth(steer_kind kind, unsigned workers) noexcept {
  return workers > 1 || kind == steer_kind::reuseport;
}

}  // namespace

steering::steering(steer_kind kind, policy_kind policy, std::string reason, steer_board board)
    : kind_(kind),
      wished_(policy),
      policy_(policy_for(kind, policy)),
      reason_(std::move(reason)),
      board_(std::make_unique<steer_board>(std::move(board))) {}

result<steering> steering::choose(const steer_wish& wish, unsigned workers) {
  if (const auto sense = check(wish); !sense) return sense.error();
  if (wish.kind) return make(*wish.kind, wish, workers, "as asked for");
  std::string reason;
  for (const auto kind : all_steer_kinds) {
    if (!suits(kind, wish.policy)) continue;
    if (!worth(kind, workers) && wish.policy == policy_kind::automatic) continue;
    auto made = make(kind, wish, workers, reason);
    if (made) return made;
    reason.append(reason.empty() ? "" : "; ").append(note(kind, made.error().message));
  }
  return error{
      0, "no mechanism can do policy " + std::string(name_of(wish.policy)) + " (" + reason + ")"};
}

result<steering> steering::make(steer_kind kind, const steer_wish& wish, unsigned workers,
                                std::string reason) {
  if (kind == steer_kind::cbpf && workers > most_cbpf_workers) {
    return error{0, "classic BPF has room for " + std::to_string(most_cbpf_workers) +
                        " workers; lower --workers"};
  }
  if (kind != steer_kind::ebpf) {
    auto board = steer_board::make(workers);
    if (!board) return board.error();
    return steering(kind, wish.policy, std::move(reason), std::move(board).value());
  }
  auto program = steer_ebpf::load(workers, rules_for(wish.policy, workers));
  if (!program) return program.error();
  auto board = steer_board::over(std::move(program.value().table()), workers);
  if (!board) return board.error();
  steering made(kind, wish.policy, std::move(reason), std::move(board).value());
  made.ebpf_.emplace(std::move(program).value());
  return made;
}

std::string steering::show() const {
  std::string text(name_of(kind_));
  text.append(", ").append(name_of(policy_));
  if (!reason_.empty()) text.append(" (").append(reason_).append(")");
  return text;
}

bool steering::attach(std::vector<std::vector<int>> groups) {
  groups_ = std::move(groups);
  if (kind_ == steer_kind::ebpf) return attach_ebpf();
  if (kind_ == steer_kind::cbpf) return attach_even_cbpf();
  let_the_kernel();  // the sockets may have been another program's, which has steered them
  return true;
}

void steering::let_go() noexcept {
  if (ebpf_) ebpf_->let_go();
  groups_.clear();
}

bool steering::attach_ebpf() {
  for (const auto& group : groups_) {
    if (group.size() < 2) continue;  // no group without a second socket
    if (const auto done = ebpf_->attach(group); !done) {
      fall_to(steer_kind::cbpf, done.error().message);
      return false;
    }
  }
  return true;
}

bool steering::renew(candidates workers) {
  std::vector<std::uint32_t> shares(workers.size());
  if (policy_ == policy_kind::random) {
    for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = may_take(workers[i]) ? 1 : 0;
  } else {
    weigh(workers, shares);
  }
  return shares == shares_ || attach_cbpf(std::move(shares));
}

bool steering::forget(candidates workers) {
  std::vector<std::uint32_t> shares;
  for (const auto& worker : workers) shares.push_back(may_take(worker) ? 1 : 0);
  const bool somebody = std::count(shares.begin(), shares.end(), 1) > 0;
  return somebody ? shares == shares_ || attach_cbpf(std::move(shares)) : attach_even_cbpf();
}

bool steering::attach_even_cbpf() {
  return attach_cbpf(std::vector<std::uint32_t>(board_->entries().size(), 1));
}

bool steering::attach_cbpf(std::vector<std::uint32_t> shares) {
  const auto program = compile_shares(shares);
  for (const auto& group : groups_) {
    if (group.size() < 2) continue;
    if (const auto done = attach_shares(group[0], program); !done) {
      fall_to(steer_kind::reuseport, done.error().message);
      return false;
    }
  }
  shares_ = std::move(shares);
  return true;
}

void steering::fall_to(steer_kind lesser, std::string why) {
  SHOAL_CHECK(has_socket_each(kind_) && has_socket_each(lesser) && lesser > kind_);
  if (!reason_.empty()) reason_ += "; ";
  reason_ += note(kind_, why);
  if (!suits(lesser, wished_)) {
    reason_ += "; without it policy " + std::string(name_of(wished_)) + " is not kept";
    wished_ = policy_kind::automatic;
  }
  kind_ = lesser;
  policy_ = policy_for(kind_, wished_);
  if (kind_ == steer_kind::cbpf) {
    attach_even_cbpf();
  } else {
    let_the_kernel();
  }
}

void steering::let_the_kernel() {
  for (const auto& group : groups_) detach_steering(group[0]);
}

}  // namespace shoal::dispatch
