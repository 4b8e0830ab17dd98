// Shared memory that lives in a descriptor and nowhere else: no name in any file system, so
// nothing is left behind when the last process that holds it is killed.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::shm {

/// Says on which NUMA node the pages of what belongs to one worker shall lie. `data` is the begin
/// of a page.
using page_placer = std::function<void(unsigned worker, std::byte* data, std::size_t bytes)>;

/// A mapping that is undone at its owner's end. Move-only. A child of fork has it too.
class mapping final {
 public:
  mapping() noexcept = default;
  mapping(mapping&& other) noexcept;
  mapping& operator=(mapping&& other) noexcept;
  ~mapping();

  /// The whole of what `fd` is, for reading alone, or for writing too. Outlives the descriptor.
  static result<mapping> read_only(int fd, std::size_t bytes);
  static result<mapping> read_write(int fd, std::size_t bytes);

  /// Puts a copy of our own in its place, at the same address: what this process writes from now
  /// on nobody else sees, and it sees nobody. Other threads may be writing meanwhile; what they
  /// store at this very moment may be lost to us. Without memory for it nothing changes.
  [[nodiscard]] result<void> make_private() const noexcept;

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

 private:
  mapping(std::byte* data, std::size_t bytes) noexcept : data_(data), bytes_(bytes) {}
  static result<mapping> map(int fd, std::size_t bytes, int protection);

  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// The writing side: the process that creates it, and its children by fork.
class segment final {
 public:
  /// A memfd, zeroed, with all its pages allocated: where memory is short this fails, and no store
  /// ends in SIGBUS later. `name` shows as "/memfd:<name> (deleted)" in /proc/<pid>/fd.
  /// `place` sees the mapping before there are pages: it can say where they shall lie.
  static result<segment> create(const std::string& name, std::size_t bytes,
                                const std::function<void(std::byte*)>& place = {});

  /// From here on nobody can resize it, and nobody can make another writable mapping or write
  /// through a descriptor. This mapping, and a child's copy of it, go on writing (Linux 5.1).
  [[nodiscard]] result<void> seal();

  /// See mapping.
  [[nodiscard]] result<void> make_private() const noexcept { return map_.make_private(); }

  [[nodiscard]] std::byte* data() const noexcept { return map_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

 private:
  segment(descriptor file, mapping map) noexcept : file_(std::move(file)), map_(std::move(map)) {}

  descriptor file_;
  mapping map_;
};

/// Whether a mapping of `fd` can be read without fear of SIGBUS: nobody can shrink what it is.
[[nodiscard]] bool is_sealed(int fd) noexcept;

}  // namespace shoal::shm
