#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace shoal::http {

/// Compressors of a worker that are at rest. Each holds 256 KiB, and making one costs as much as
/// compressing a page. worker::local<deflate_pool>().
class deflate_pool final {
 public:
  static constexpr std::size_t most_at_rest = 8;

  struct end_stream {
    void operator()(z_stream* s) const noexcept {
      ::deflateEnd(s);
      delete s;
    }
  };
  using stream = std::unique_ptr<z_stream, end_stream>;

  /// One that makes gzip's format, at its beginning. Throws std::bad_alloc.
  [[nodiscard]] stream take(int level);
  void give_back(stream used) noexcept;

  [[nodiscard]] std::size_t at_rest() const noexcept { return streams_.size(); }

 private:
  std::vector<stream> streams_;
};

}  // namespace shoal::http
