// A listener at a path: the file that the kernel makes for it, with its rights and its end.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "cluster/listen/address.h"

namespace shoal::cluster {

/// Owner and group may connect; others may not.
inline constexpr mode_t socket_file_mode = 0660;

/// A socket that nobody listens on any more: its server was killed.
[[nodiscard]] bool is_left_over(const address& where) noexcept;

/// Removes the file at its end, if it is still the same. Move-only.
class socket_file final {
 public:
  /// Binds `socket` to the path. A file that a killed server has left is replaced; one that is
  /// served is EADDRINUSE, and so is a file that is no socket.
  static result<socket_file> bind(int socket, const address& where, mode_t mode = socket_file_mode);

  /// Of a socket that another program has bound there and leaves to us.
  static socket_file adopt(const std::string& path) noexcept;

  /// It stays where it is: it is another program's.
  void leave() noexcept { path_.clear(); }

  socket_file(socket_file&& other) noexcept;
  socket_file& operator=(socket_file&&) = delete;
  ~socket_file();

 private:
  socket_file(std::string path, dev_t device, ino_t number)
      : path_(std::move(path)), device_(device), number_(number) {}

  std::string path_;  // empty: somebody else has it
  dev_t device_;
  ino_t number_;
};

}  // namespace shoal::cluster
