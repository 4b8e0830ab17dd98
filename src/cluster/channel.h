// What supervisor and node process say to each other, and in an upgrade the old supervisor and the
// new one: short notes over a SEQPACKET pair, whole or not at all. The end of either side is the
// end of the channel, which the other one sees.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::cluster {

enum class note_kind : char {
  booted = 'b',    ///< from a process that succeeds another: all its workers have booted
  serve = 's',     ///< to such a process: the slots are yours
  alone = 'n',     ///< to such a process: those before it have ended
  vacate = 'y',    ///< to a process: another succeeds it; give it the slots, and serve on
  leave = 'g',     ///< to such a process: that one serves; move there
  left = 'q',      ///< from such a process: its workers accept no more
  vacated = 'v',   ///< from a process: its slots are free; to the next program: those of the
                   ///< process whose number is the text
  ready = 'r',     ///< from a process: all its workers serve
  failed = 'f',    ///< from a process: it cannot start; the text says why
  leaving = 'l',   ///< from a process: it was told to go by somebody else and has drained
  announce = 'w',  ///< to a process: there will be a stop
  drain = 'd',     ///< to a process: answer what has begun, then end
  roster = 'z',    ///< to a process: '1' for each of its workers that rests, '0' for others; to the
                   ///< next program: duty_roster::to_text()
  reopen = 'o',    ///< to a process: open the access log anew
  connection = 'c',  ///< to a process: a descriptor; the text is the worker's number in it
  moved = 'm',       ///< from a process, and to another: a descriptor; the text is a moved_note
  trial = 't',       ///< to a process that succeeds another: serve what you are sent, on trial
  share = 'j',       ///< to a process: so many percent of its connections are for its successor
  tried = 'u',       ///< from a process: as `moved`, for its successor that is on trial
  answered = 'a',    ///< from a process: a mark for each `connection` and `moved` that it was sent,
                     ///< in the order of their coming
  passed = 'p',      ///< to a process: so many of the connections that it sent have been taken
  hello = 'h',       ///< from a program that is to take another's place: the text is its protocol
  inherit = 'i',     ///< to it: a descriptor; the text says of what
  complete = 'e',    ///< to it: that was all, and what else it has to know
  proved = 'k',      ///< from it: all its processes have been proved; leave yours
  closed = 0         ///< from neither: the other side is gone
};

struct note {
  note_kind kind = note_kind::closed;
  std::string text;
  descriptor socket;  ///< of a connection; none if the receiver has no descriptor free
};

inline constexpr char taken_mark = 't';
inline constexpr char refused_mark = 'x';

/// A note with a descriptor may be as long as this; the kernel's default buffer holds three.
inline constexpr std::size_t longest_text = 64 * 1024;

struct channel {
  descriptor supervisor;
  descriptor process;
};

[[nodiscard]] result<channel> open_channel();

/// Never waits. A note for somebody who is gone, or who has not read a hundred others, or a few
/// long ones, is dropped, and false the answer: as a rule the process is ended by other means then.
/// errno is EAGAIN where there will be room.
bool send_note(int end, note_kind kind, std::string_view text = {}) noexcept;

/// A duplicate of `socket` for a process's worker. Never waits; false if it was not sent.
[[nodiscard]] bool send_connection(int end, unsigned worker, int socket) noexcept;

/// Likewise, with a text of two parts: longest_text at most. errno says why it was not sent.
[[nodiscard]] bool send_socket(int end, note_kind kind, std::string_view first,
                               std::string_view second, int socket) noexcept;

/// The next note, `closed` for ever at the end, or nothing for now. Any text may have been cut.
[[nodiscard]] std::optional<note> take_note(int end);

}  // namespace shoal::cluster
