#pragma once

#include <cstdint>
#include <memory>

namespace shoal {

/// Owns the descriptor of a regular file that is open for reading.
class open_file final {
 public:
  explicit open_file(int descriptor) noexcept : descriptor_(descriptor) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// Bytes of a file. If the file has become shorter when they are sent, the connection is closed.
struct file_part {
  std::shared_ptr<const open_file> file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

}  // namespace shoal
