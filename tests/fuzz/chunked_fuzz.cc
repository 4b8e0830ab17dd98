// The chunked coding: a body's data, and where it ends, do not depend on how its bytes are cut;
// what was decoded decodes to itself when it is coded anew.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/chunked.h"

namespace shoal::http {
namespace {

using namespace fuzz;
using status = chunked_decoder::status;

struct outcome {
  status what = status::need_more;
  std::size_t consumed = 0;
  std::string data;
  bool operator==(const outcome&) const = default;
};

/// False: nothing more is read.
bool feed(chunked_decoder& decoder, std::string_view piece, outcome& so_far) {
  for (;;) {
    const auto step = decoder.next(piece);
    SHOAL_CHECK(step.consumed <= piece.size());
    SHOAL_CHECK((step.what == status::data) == !step.data.empty());
    SHOAL_CHECK(step.data.empty() ||
                (step.data.data() >= piece.data() &&
                 step.data.data() + step.data.size() == piece.data() + step.consumed));
    so_far.what = step.what;
    so_far.consumed += step.consumed;
    so_far.data += step.data;
    piece.remove_prefix(step.consumed);
    if (step.what == status::data) continue;
    SHOAL_CHECK(step.what != status::need_more || piece.empty());
    return step.what == status::need_more;
  }
}

outcome decode(std::string_view bytes, const chunked_limits& limits, const cuts& ends) {
  chunked_decoder decoder(limits);
  outcome seen;
  std::size_t from = 0;
  for (const auto end : ends) {
    if (!feed(decoder, exact_copy(bytes.substr(from, end - from)).view(), seen)) break;
    from = end;
  }
  return seen;
}

void check(std::string_view bytes, const chunked_limits& limits, random_source& random) {
  const auto at_once = decode(bytes, limits, whole(bytes.size()));
  SHOAL_CHECK(decode(bytes, limits, every_byte(bytes.size())) == at_once);
  SHOAL_CHECK(decode(bytes, limits, some_cuts(bytes.size(), random)) == at_once);
  if (at_once.what != status::done) return;
  SHOAL_CHECK(bytes.substr(0, at_once.consumed).ends_with("\r\n\r\n"));
  SHOAL_CHECK(decode(bytes.substr(0, at_once.consumed), limits, {at_once.consumed}) == at_once);
}

std::string coded(std::string_view data, random_source& random) {
  std::string out;
  while (!data.empty()) {
    const auto size = 1 + random.below(std::min<std::size_t>(data.size(), 40));
    out += chunk_head(size).text();
    out += data.substr(0, size);
    out += "\r\n";
    data.remove_prefix(size);
  }
  return out += last_chunk;
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  using namespace shoal::http;
  const auto bytes = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(bytes));
  check(bytes, {}, random);
  check(bytes, {.line_bytes = 12, .extension_bytes = 9, .trailer_bytes = 16}, random);
  const auto again = coded(bytes, random);
  const auto decoded = decode(again, {}, fuzz::whole(again.size()));
  SHOAL_CHECK(decoded.what == status::done && decoded.data == bytes);
  SHOAL_CHECK(decoded.consumed == again.size());
  return 0;
}
