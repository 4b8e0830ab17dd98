#include "http/files/gzip_filter.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace shoal::http {
namespace {

constexpr std::size_t least_room = 512;
constexpr std::size_t most_input = std::numeric_limits<uInt>::max();

/// All of one piece, and whatever the flush asks for, is in `out` afterwards.
void deflate_piece(z_stream& s, std::string_view in, int flush, std::string& out) {
  s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib does not write there
  s.avail_in = static_cast<uInt>(in.size());
  do {
    const std::size_t used = out.size();
    // Text becomes about a quarter; what is too little goes another round.
    const std::size_t room =
        std::min(std::max<std::size_t>(s.avail_in / 3, least_room), most_input);
    out.resize(used + room);
    s.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    s.avail_out = static_cast<uInt>(room);
    const int code = ::deflate(&s, flush);
    out.resize(used + room - s.avail_out);
    SHOAL_CHECK(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
  } while (s.avail_out == 0);
}

}  // namespace

void gzip_filter::transform(std::string_view in, bool last, std::string& out) {
  if (in.empty() && !last) return;
  if (!stream_) stream_ = on_.local<deflate_pool>().take(level_);
  for (; in.size() > most_input; in.remove_prefix(most_input)) {
    deflate_piece(*stream_, in.substr(0, most_input), Z_NO_FLUSH, out);
  }
  deflate_piece(*stream_, in, last ? Z_FINISH : Z_SYNC_FLUSH, out);
}

}  // namespace shoal::http
