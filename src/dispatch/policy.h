// All policies by name: for options, reports and simulations.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "dispatch/candidate.h"

namespace shoal::dispatch {

enum class policy_kind {
  automatic,  ///< least_loaded
  round_robin,
  random,
  power_of_two,
  least_loaded,
  least_connections,
  sticky,
  local,
  kernel,  ///< nobody here chooses: SO_REUSEPORT's hash, or whoever accepts first
};

inline constexpr std::array all_policies = {
    policy_kind::automatic,    policy_kind::round_robin,  policy_kind::random,
    policy_kind::power_of_two, policy_kind::least_loaded, policy_kind::least_connections,
    policy_kind::sticky,       policy_kind::local,        policy_kind::kernel,
};

/// "auto", "round-robin", "p2c", ...: as options spell it.
[[nodiscard]] std::string_view name_of(policy_kind kind) noexcept;

[[nodiscard]] std::optional<policy_kind> parse_policy(std::string_view name) noexcept;

/// "auto, round-robin, ... or kernel", for messages.
[[nodiscard]] std::string_view policy_names() noexcept;

/// The function that decides; null for `kernel`.
[[nodiscard]] policy* policy_of(policy_kind kind) noexcept;

/// The worker that `kind` gives `a` to; `nobody` if none may take it, or for `kernel`.
[[nodiscard]] unsigned choose(policy_kind kind, candidates all, const arrival& a) noexcept;

}  // namespace shoal::dispatch
