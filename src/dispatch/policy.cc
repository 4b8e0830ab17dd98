#include "dispatch/policy.h"

#include "dispatch/least_connections.h"
#include "dispatch/least_loaded.h"
#include "dispatch/local.h"
#include "dispatch/power_of_two.h"
#include "dispatch/random.h"
#include "dispatch/round_robin.h"
#include "dispatch/sticky.h"

namespace shoal::dispatch {
namespace {

struct entry {
  std::string_view name;
  policy* decide;
};

// In the order of policy_kind.
constexpr std::array<entry, all_policies.size()> table = {{
    {"auto", least_loaded},
    {"round-robin", round_robin},
    {"random", random},
    {"p2c", power_of_two},
    {"least-loaded", least_loaded},
    {"least-connections", least_connections},
    {"sticky", sticky},
    {"local", local},
    {"kernel", nullptr},
}};

const entry& entry_of(policy_kind kind) noexcept { return table[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view name_of(policy_kind kind) noexcept { return entry_of(kind).name; }

std::optional<policy_kind> parse_policy(std::string_view name) noexcept {
  for (const policy_kind kind : all_policies) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string_view policy_names() noexcept {
  return "auto, round-robin, random, p2c, least-loaded, least-connections, sticky, local or kernel";
}

policy* policy_of(policy_kind kind) noexcept { return entry_of(kind).decide; }

unsigned choose(policy_kind kind, candidates all, const arrival& a) noexcept {
  policy* const decide = policy_of(kind);
  return decide == nullptr ? nobody : decide(all, a);
}

}  // namespace shoal::dispatch
