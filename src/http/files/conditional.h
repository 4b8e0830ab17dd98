// Conditional requests (RFC 9110 section 13): whether what the client has is still what we have.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::http {

/// What identifies the state of what is served. Both may be absent.
struct validators {
  std::string_view etag;  ///< with its quotes, and W/ if it is weak; empty: none
  std::optional<std::chrono::sys_seconds> last_modified;
};

/// The fields of a request, as sent. Those that are lists may have been joined by commas.
struct conditions {
  std::optional<std::string_view> if_match;
  std::optional<std::string_view> if_none_match;
  std::optional<std::string_view> if_modified_since;
  std::optional<std::string_view> if_unmodified_since;
  std::optional<std::string_view> if_range;

  [[nodiscard]] bool any() const noexcept {
    return if_match || if_none_match || if_modified_since || if_unmodified_since;
  }
};

enum class verdict : std::uint8_t {
  go_on,
  not_modified,         ///< 304
  precondition_failed,  ///< 412
};

/// In the order of 13.2.2. `reads`: the method is GET or HEAD. A date that is none counts as
/// absent.
[[nodiscard]] verdict judge(const conditions&, const validators&, bool reads,
                            std::chrono::sys_seconds now) noexcept;

/// Whether a Range field may be followed: there is no If-Range, or it names the very state that
/// would be served. A date does so only once its second is over, since within it the file may have
/// changed twice.
[[nodiscard]] bool may_send_range(std::optional<std::string_view> if_range, const validators&,
                                  std::chrono::sys_seconds now) noexcept;

enum class comparison : std::uint8_t { weak, strong };

/// Whether a list of entity tags, or "*", has one that is `etag` (8.8.3.2). Behind a tag that is
/// malformed nothing is read.
[[nodiscard]] bool lists_etag(std::string_view list, std::string_view etag, comparison) noexcept;

}  // namespace shoal::http
