#include "dispatch/steer_kind.h"

namespace shoal::dispatch {
namespace {

std::string policies_of(steer_kind kind) {
  std::string all;
  for (const auto policy : all_policies) {
    if (suits(kind, policy)) all.append(all.empty() ? "" : ", ").append(name_of(policy));
  }
  return all;
}

std::string kinds_for(policy_kind policy) {
  std::string all;
  for (const auto kind : all_steer_kinds) {
    if (suits(kind, policy)) all.append(all.empty() ? "" : ", ").append(name_of(kind));
  }
  return all;
}

}  // namespace

std::string_view name_of(steer_kind kind) noexcept {
  switch (kind) {
    case steer_kind::ebpf:
      return "ebpf";
    case steer_kind::cbpf:
      return "cbpf";
    case steer_kind::handoff:
      return "handoff";
    case steer_kind::shared:
      return "shared";
    case steer_kind::reuseport:
      return "reuseport";
  }
  return "?";
}

std::optional<steer_kind> parse_steer_kind(std::string_view name) noexcept {
  for (const auto kind : all_steer_kinds) {
    if (name == name_of(kind)) return kind;
  }
  return std::nullopt;
}

bool suits(steer_kind kind, policy_kind policy) noexcept {
  if (policy == policy_kind::automatic) return true;
  switch (kind) {
    case steer_kind::ebpf:
      return policy == policy_kind::least_loaded || policy == policy_kind::sticky ||
             policy == policy_kind::random;
    case steer_kind::cbpf:
      return policy == policy_kind::least_loaded || policy == policy_kind::random;
    case steer_kind::handoff:
      return policy != policy_kind::kernel;
    default:
      return policy == policy_kind::kernel;
  }
}

policy_kind policy_for(steer_kind kind, policy_kind wanted) noexcept {
  if (wanted != policy_kind::automatic) return wanted;
  return suits(kind, policy_kind::least_loaded) ? policy_kind::least_loaded : policy_kind::kernel;
}

result<void> check(const steer_wish& wish) {
  if (!wish.kind || suits(*wish.kind, wish.policy)) return {};
  const std::string kind(name_of(*wish.kind));
  const std::string policy(name_of(wish.policy));
  return error{0, "dispatch " + kind + " cannot do policy " + policy + ", but " +
                      policies_of(*wish.kind) + "; policy " + policy + " is done by dispatch " +
                      kinds_for(wish.policy) + ", which auto finds"};
}

}  // namespace shoal::dispatch
