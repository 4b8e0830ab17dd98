#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/multipart_parser.h"

namespace shoal {

/// A file that a client has sent, in a temporary file which ends with this object. Move-only.
///
/// Threads   one at a time
class uploaded_file final {
 public:
  /// An empty file in `directory`; see upload_options. Throws std::system_error.
  uploaded_file(part_head head, const std::string& directory, bool nameless);
  uploaded_file(uploaded_file&& other) noexcept;
  uploaded_file& operator=(uploaded_file&& other) noexcept;
  ~uploaded_file();

  [[nodiscard]] const part_head& head() const noexcept { return head_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_; }

  /// Open for reading and writing, and this object's. Its offset is at the end.
  [[nodiscard]] int descriptor() const noexcept { return fd_; }

  /// Writes behind what is there. Throws std::system_error, for a full disk among others.
  void append(std::string_view bytes);

  /// Gives the file a name that stays, on the file system of its directory. Never replaces a file.
  /// Throws std::system_error. Once. Not synced to the disk: that is the caller's.
  void keep(const std::string& path);

 private:
  void remove() noexcept;

  part_head head_;
  std::string path_;  // of a file that has a name and is to be removed
  std::uint64_t bytes_ = 0;
  int fd_ = -1;
};

}  // namespace shoal
