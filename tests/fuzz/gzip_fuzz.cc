// The gzip filter: whatever the pieces in which a body comes, what has gone in can be read from
// what has come out, after each piece and at the end.
#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/files/gzip_filter.h"

namespace shoal::http {
namespace {

/// A reader of gzip that gets its input bit by bit.
class reader final {
 public:
  reader() { SHOAL_CHECK(::inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK); }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
  ~reader() { ::inflateEnd(&stream_); }

  void take(std::string& coded) {
    stream_.next_in = reinterpret_cast<Bytef*>(coded.data());
    stream_.avail_in = static_cast<uInt>(coded.size());
    do {
      SHOAL_CHECK(!over_ || stream_.avail_in == 0);
      char some[1024];
      stream_.next_out = reinterpret_cast<Bytef*>(some);
      stream_.avail_out = sizeof some;
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      SHOAL_CHECK(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
      over_ = over_ || code == Z_STREAM_END;
      text_.append(some, sizeof some - stream_.avail_out);
    } while (stream_.avail_out == 0);
    SHOAL_CHECK(stream_.avail_in == 0);
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool over() const { return over_; }

 private:
  z_stream stream_{};
  std::string text_;
  bool over_ = false;
};

void check(std::string_view bytes, const fuzz::cuts& ends, int level) {
  static worker on({});
  gzip_filter filter(on, level);
  reader far;
  std::size_t from = 0;
  for (const auto end : ends) {
    std::string out;
    const bool last = &end == &ends.back();
    filter.transform(fuzz::exact_copy(bytes.substr(from, end - from)).view(), last, out);
    far.take(out);
    from = end;
    SHOAL_CHECK(far.text() == bytes.substr(0, end) && far.over() == last);
  }
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto bytes = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(bytes));
  http::check(bytes, fuzz::whole(size), 6);
  http::check(bytes, fuzz::some_cuts(size, random), 1 + static_cast<int>(random.below(9)));
  return 0;
}
