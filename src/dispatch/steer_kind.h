// The mechanisms by which a connection finds its worker, and which policies each can carry out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dispatch/policy.h"

namespace shoal::dispatch {

/// Best first.
enum class steer_kind {
  ebpf,       ///< a program in the kernel decides for each connection, by what workers say now
  cbpf,       ///< the kernel draws lots with weights that the supervisor renews while there is load
  handoff,    ///< the supervisor accepts, decides and passes the descriptor on
  reuseport,  ///< the kernel's hash of addresses and ports
  shared,     ///< all workers accept from one socket, and the first one wins
};

inline constexpr std::array all_steer_kinds = {steer_kind::ebpf, steer_kind::cbpf,
                                               steer_kind::handoff, steer_kind::reuseport,
                                               steer_kind::shared};

[[nodiscard]] std::string_view name_of(steer_kind kind) noexcept;

/// Nothing for anything else, "auto" too.
[[nodiscard]] std::optional<steer_kind> parse_steer_kind(std::string_view name) noexcept;

/// Each worker accepts from a socket of its own; else there is one for all.
[[nodiscard]] constexpr bool has_socket_each(steer_kind kind) noexcept {
  return kind == steer_kind::ebpf || kind == steer_kind::cbpf || kind == steer_kind::reuseport;
}

/// Whether the mechanism can carry the policy out; each can do `automatic`.
[[nodiscard]] bool suits(steer_kind kind, policy_kind policy) noexcept;

/// What `automatic` means there; any other policy is itself.
[[nodiscard]] policy_kind policy_for(steer_kind kind, policy_kind wanted) noexcept;

struct steer_wish {
  std::optional<steer_kind> kind;  ///< none: the best that is permitted and suits
  policy_kind policy = policy_kind::automatic;
};

/// Whether the two go together; else the error says what the mechanism can do and who can do that.
[[nodiscard]] result<void> check(const steer_wish& wish);

}  // namespace shoal::dispatch
