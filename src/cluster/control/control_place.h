// Where the control socket lies: at a path that is its owner's alone, and that the load segment
// says, so that `shoal reload` finds it from outside as `shoal status` finds the segment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/socket_file.h"

namespace shoal::cluster {

inline constexpr mode_t control_mode = 0600;

/// Listens. Its file goes with it, unless the process is killed.
struct control_socket {
  descriptor socket;
  std::optional<socket_file> file;  ///< none: it is still another program's
  std::string path;                 ///< absolute
};

/// Of a path that is to be a control socket, however it is written: absolute and without detours.
[[nodiscard]] std::string full_path(const std::string& wish);

/// Where "auto" looks, the best one first: /run/shoal, and shoal in $XDG_RUNTIME_DIR if that is not
/// nullptr.
[[nodiscard]] std::vector<std::string> control_directories(const char* runtime_directory);

/// `wish` is a path, "none", or "auto": NAME-PID.sock in the first of `directories` that lets us,
/// which is made if need be; nowhere is no error then, and the log says so. Files there that killed
/// servers have left are removed.
[[nodiscard]] result<std::optional<control_socket>> open_control_socket(
    const std::string& wish, std::string_view program, const std::vector<std::string>& directories);

/// Clients are told from now on that it is us who listens.
void listen_anew(const control_socket&) noexcept;

/// The file goes with us, or does not.
void take_file(control_socket&) noexcept;
void leave_file(control_socket&) noexcept;

/// Nothing: it can be one.
[[nodiscard]] result<void> check_control_wish(std::string_view wish);

}  // namespace shoal::cluster
