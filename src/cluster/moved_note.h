// A connection on its way between two processes, as the text of a note; its descriptor goes beside
// it. It is bytes as they lie in memory: both ends are
// of one program, or, in an upgrade, of two that agree on them (heritage.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/channel.h"
#include "http/moved_connection.h"

namespace shoal::cluster {

struct moved_note {
  struct head {
    std::uint64_t key = 0;
    std::uint32_t worker = 0;  ///< to a process: its number there
    std::uint32_t served = 0;
    std::uint32_t work_us = 0;
    std::uint32_t closes_at = 0;
    std::uint32_t input_bytes = 0;
    bool shared = false;
    bool comes_back = false;  ///< to a process: nobody else takes it, it has to
    std::uint16_t node = http::no_node;
  };

  head about;
  std::string input;

  /// Nobody has read of it: it might as well have been accepted where it goes.
  [[nodiscard]] bool is_fresh() const noexcept {
    return about.served == 0 && input.empty() && !about.shared;
  }
};

/// What a connection may have here and travel; with more it stays where it is.
inline constexpr std::size_t most_input = longest_text - sizeof(moved_note::head);

/// Never waits. False: nothing was sent. The note's kind is `moved`, or `tried` of one that says
/// so.
[[nodiscard]] bool send_moved(int end, const http::moved_connection& one) noexcept;
[[nodiscard]] bool send_moved(int end, const moved_note& one, int socket) noexcept;

/// Nothing if it was cut, or is none. Throws std::bad_alloc.
[[nodiscard]] std::optional<moved_note> read_moved(std::string_view text);

/// To go on with it.
[[nodiscard]] http::moved_connection unpack(moved_note&& one, int socket) noexcept;

}  // namespace shoal::cluster
