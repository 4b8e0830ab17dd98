// What supervisor and node process say to each other: short notes over a SEQPACKET pair, whole or
// not at all. The end of either side is the end of the channel, which the other one sees.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::cluster {

enum class note_kind : char {
  ready = 'r',       ///< from a process: all its workers serve
  failed = 'f',      ///< from a process: it cannot start; the text says why
  leaving = 'l',     ///< from a process: it was told to go by somebody else and has drained
  drain = 'd',       ///< to a process: answer what has begun, then end
  reopen = 'o',      ///< to a process: open the access log anew
  connection = 'c',  ///< to a process: a descriptor; the text is the worker's number in it
  answered = 'a',    ///< from a process: a mark for each connection, in the order of their coming
  closed = 0         ///< from neither: the other side is gone
};

struct note {
  note_kind kind = note_kind::closed;
  std::string text;
  descriptor socket;  ///< of `connection`; none if the receiver has no descriptor free
};

inline constexpr char taken_mark = 't';
inline constexpr char refused_mark = 'x';

struct channel {
  descriptor supervisor;
  descriptor process;
};

[[nodiscard]] result<channel> open_channel();

/// Never waits. A note for somebody who is gone, or who has not read a hundred others, is dropped:
/// the process is ended by other means then.
void send_note(int end, note_kind kind, std::string_view text = {}) noexcept;

/// A duplicate of `socket` for a process's worker. Never waits; false if it was not sent.
[[nodiscard]] bool send_connection(int end, unsigned worker, int socket) noexcept;

/// The next note, `closed` for ever at the end, or nothing for now.
[[nodiscard]] std::optional<note> take_note(int end);

}  // namespace shoal::cluster
