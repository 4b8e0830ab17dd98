#include "http/files/deflate_pool.h"

#include <new>
#include <utility>

namespace shoal::http {
namespace {

constexpr int gzip_format = 16;  // added to the window's bits: gzip's head and sum, not zlib's
constexpr int memory_level = 8;  // zlib's default

}  // namespace

deflate_pool::stream deflate_pool::take(int level) {
  if (!streams_.empty()) {
    stream used = std::move(streams_.back());
    streams_.pop_back();
    // Nothing is in it after the reset, so changing the level writes nothing.
    if (::deflateReset(used.get()) == Z_OK &&
        ::deflateParams(used.get(), level, Z_DEFAULT_STRATEGY) == Z_OK) {
      return used;
    }
  }
  auto made = std::make_unique<z_stream>();
  if (::deflateInit2(made.get(), level, Z_DEFLATED, MAX_WBITS + gzip_format, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  return stream(made.release());
}

void deflate_pool::give_back(stream used) noexcept {
  if (streams_.capacity() == 0) streams_.reserve(most_at_rest);
  if (streams_.size() < most_at_rest) streams_.push_back(std::move(used));
}

}  // namespace shoal::http
