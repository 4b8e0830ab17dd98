#include "dispatch/steer_kind.h"

namespace shoal::dispatch {
namespace {

std::string policies_of(steer_kind kind) {
  std::string all;
  for (const auto one : all_policies) {
    if (suits(kind, one)) all.append(all.empty() ? "" : ", ").append(name_of(one));
  }
  return all;
}

std::string kinds_for(policy_kind wanted) {
  std::string all;
  for (const auto kind : all_steer_kinds) {
    if (suits(kind, wanted)) all.append(all.empty() ? "" : ", ").append(name_of(kind));
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

bool suits(steer_kind kind, policy_kind wanted) noexcept {
  if (wanted == policy_kind::automatic) return true;
  switch (kind) {
    case steer_kind::ebpf:
      return wanted == policy_kind::least_loaded || wanted == policy_kind::sticky ||
             wanted == policy_kind::random;
    case steer_kind::cbpf:
      return wanted == policy_kind::least_loaded || wanted == policy_kind::random;
    case steer_kind::handoff:
      return wanted != policy_kind::kernel;
    default:
      return wanted == policy_kind::kernel;
  }
}

policy_kind policy_for(steer_kind kind, policy_kind wanted) noexcept {
  if (wanted != policy_kind::automatic) return wanted;
  return suits(kind, policy_kind::least_loaded) ? policy_kind::least_loaded : policy_kind::kernel;
}

result<void> check(const steer_wish& wish) {
  if (!wish.kind || suits(*wish.kind, wish.policy)) return {};
  const std::string kind(name_of(*wish.kind));
  const std::string wanted(name_of(wish.policy));
  return error{0, "dispatch " + kind + " cannot do policy " + wanted + ", but " +
                      policies_of(*wish.kind) + "; policy " + wanted + " is done by dispatch " +
                      kinds_for(wish.policy) + ", which auto finds"};
}

}  // namespace shoal::dispatch
