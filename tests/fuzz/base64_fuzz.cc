// base64 of credentials: a text is decoded only if it is the one way to write what comes out.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/hooks/base64.h"

namespace {

std::string encoded(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i)
      word = word << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (unsigned i = 0; i < 4; ++i)
      out += at + i <= bytes.size() ? digits[word >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto bytes = fuzz::as_text(data, size);
  if (const auto decoded = http::decode_base64(bytes)) SHOAL_CHECK(encoded(*decoded) == bytes);
  SHOAL_CHECK(http::decode_base64(encoded(bytes)) == bytes);
  return 0;
}
